# The tests, and the benchmarks.

run_test() {
  options "--pillow-simd" "$@"
  dev=1
  setup $(all_packages)
  # All of them: a file at a time, since the tests of a file share servers. Six processes keep two
  # cores busy, as many tests wait for servers. In their own order the longest files aren't last.
  [ ${#rest[@]} -gt 0 ] || rest=(-n 6 --dist loadfile --no-loadscope-reorder)
  unset PYTHONDONTWRITEBYTECODE # some hundred interpreters are started: they compile everything once
  exec .venv/bin/python -m pytest "${rest[@]}"
}

run_bench() {
  options "--pillow-simd" "$@"
  dev=1
  setup $(all_packages)
  exec .venv/bin/python -m tests.benchmarks "${rest[@]}"
}
