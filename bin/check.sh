# Formatting, lint, types, and the tests of the documentation.

failed=()

step() { # run a step under a name, go on when it fails
  say "== $1"
  "${@:2}" || failed+=("$1")
}

run_check() {
  local package
  refuse_arguments "$@"
  dev=1
  setup $(all_packages)
  step "ruff format" .venv/bin/ruff format --check .
  step "ruff check" .venv/bin/ruff check .
  step "mypy" types . ashim_core tests docs conftest.py
  for package in $(all_packages); do
    # One at a time: files of equal names in two packages are one module to mypy.
    step "mypy $package" types "plugins/$package" "plugins/$package"
  done
  step "docs" .venv/bin/python -m pytest -q tests/docs
  [ ${#failed[@]} = 0 ] || die "failed: $(printf '%s, ' "${failed[@]}" | sed 's/, $//')"
  say "all steps passed"
}

types() { # check the paths after $1, the folder that their module names start from
  MYPYPATH="$1:.:$(printf 'plugins/%s:' $(all_packages))" \
    .venv/bin/mypy --explicit-package-bases "${@:2}"
}
