# The server, and the command line of ashim.

run_serve() {
  local chosen unwanted
  options "--only --with --extras --pillow-simd" "$@"
  chosen=$(chosen_packages)
  setup $chosen
  unwanted=$(comm -23 <(each_once $(recorded packages)) <(each_once $chosen))
  if [ -n "$only" ]; then
    ASHIM_PACKAGES=$(for folder in $chosen; do distribution "$folder"; done | paste -sd ,)
    export ASHIM_PACKAGES
  elif [ -n "$unwanted" ] && [ -z "${ASHIM_PACKAGES+set}" ]; then
    # Installed for the tests, but not asked for: everything but that, other people's plugins too.
    ASHIM_PACKAGES=$(everything_but $(for folder in $unwanted; do distribution "$folder"; done))
    export ASHIM_PACKAGES
  fi
  exec .venv/bin/ashim serve "${rest[@]}"
}

everything_but() { # the distributions that offer tools, less those given
  .venv/bin/python - "$@" <<'END'
import sys
from importlib.metadata import entry_points
print(",".join(sorted({e.dist.name for e in entry_points(group="ashim")} - set(sys.argv[1:]))))
END
}

run_ashim() {
  setup $(chosen_packages)
  exec .venv/bin/ashim "$@"
}
