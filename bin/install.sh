# The environment in .venv: made, and brought up to date with what is chosen.

# What the last set-up installed: where and with which Python, a hash of what went in, and what.
readonly STATE=.venv/ashim-setup

recorded() { [ ! -f "$STATE" ] || sed -n "s/^$1 //p" "$STATE"; }

python_version() { .venv/bin/python -c 'import sys; print(*sys.version_info[:2], sep=".")' 2>/dev/null; }

fingerprint() { # of everything that decides what a set-up installs: extras $1, then packages
  local extras=$1 folder files=(run bin/*.sh constraints.txt pyproject.toml)
  shift
  for folder; do files+=("plugins/$folder/pyproject.toml"); done
  { echo "$extras $*"; sha256sum "${files[@]}"; } | sha256sum | cut -d ' ' -f 1
}

pillow_installed() { # plain (or none), simd, or mixed: both, the one written over the other
  local site='.venv/lib/python3*/site-packages'
  if ! compgen -G "$site/pillow_simd-*.dist-info" >/dev/null; then echo plain
  elif ! compgen -G "$site/pillow-*.dist-info" >/dev/null; then echo simd
  else echo mixed; fi
}

# Install the packages given as folders, the development set if dev=1, and the chosen Pillow.
# What an earlier set-up installed stays, so that 'serve' doesn't undo 'test'.
setup() {
  exec 9<run
  flock 9 # two commands at a time must not install at a time
  local place packages key
  packages=$(each_once "$@" $(still_there $(recorded packages)))
  [ "$(recorded dev)" != 1 ] || dev=1
  extras=$(each_once ${extras//,/ } $(recorded extras) $([ "$dev" = 0 ] || echo dev) | paste -sd ,)
  place="$PWD $(python_version || true)"
  [ "$(recorded place)" = "$place" ] || [ ! -f "$STATE" ] || rm -rf .venv # moved, or a new Python
  key=$(fingerprint "$extras" $packages)
  if [ "$(recorded key)" != "$key" ] || [ "$(pillow_installed)" != "$pillow" ]; then
    install "$key" $packages
  fi
  exec 9<&- # the server that takes this process over must not hold the lock
}

still_there() {
  local folder
  for folder; do [ ! -f "plugins/$folder/pyproject.toml" ] || echo "$folder"; done
}

install() {
  local key=$1 folder gone names=() sources=()
  shift
  for folder; do
    names+=("$(distribution "$folder")")
    sources+=(-e "plugins/$folder")
  done
  sources+=(-e ".${extras:+[$extras]}")
  say "setting up .venv: ${names[*]}${extras:+ with $extras}"
  make_environment
  [ "$pillow" = plain ] || simd_prerequisites
  gone=$(comm -23 <(each_once $(recorded distributions)) <(each_once "${names[@]}"))
  [ ! -f "$STATE" ] || mv "$STATE" "$STATE.before" # a killed set-up must not pass for a finished one
  # What builds the local packages, and pyvips, which comes as source.
  pip install pip setuptools hatchling editables cffi pkgconfig
  [ -z "$gone" ] || pip uninstall -y $gone
  [ "$(pillow_installed)" = plain ] || remove_pillow
  # Built with the versions above rather than with the newest of the day. PKG_CONFIG=false keeps
  # pyvips from compiling against a libvips of the system: it is to use the one in pyvips-binary.
  PKG_CONFIG=false pip install --no-build-isolation "${sources[@]}"
  [ "$pillow" = plain ] || install_simd
  rm -f "$STATE.before"
  {
    echo "place $PWD $(python_version)"
    echo "key $key"
    echo "dev $dev"
    echo "extras ${extras//,/ }"
    echo "packages $*"
    echo "distributions ${names[*]}"
  } >"$STATE"
  wanted_programs
}

pip() { # what it wants comes from constraints.txt; when it fails, the last good set-up still counts
  local command=$1
  shift
  [ "$command" = uninstall ] || set -- -c constraints.txt "$@"
  .venv/bin/python -m pip --disable-pip-version-check --quiet "$command" "$@" && return
  [ ! -f "$STATE.before" ] || mv "$STATE.before" "$STATE"
  die "pip $command failed: its reason is above"
}

make_environment() {
  ! .venv/bin/python -m pip --version >/dev/null 2>&1 || return 0
  local python=${PYTHON:-python3} version
  version=$("$python" -c 'import sys; print(*sys.version_info[:2], sep=".")' 2>/dev/null) ||
    die "no '$python' found: install Python 3.11 or newer, or name one with PYTHON=..."
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$python is Python $version, but 3.11 or newer is needed: name one with PYTHON=..."
  # Debian and Ubuntu leave pip's installer out of their python3 package.
  "$python" -c 'import ensurepip' 2>/dev/null || debian_packages "python$version-venv"
  rm -rf .venv
  "$python" -m venv .venv
}

run_install() {
  options "--only --with --extras --dev --pillow-simd" "$@"
  refuse_arguments "${rest[@]}"
  local chosen
  chosen=$(chosen_packages)
  setup $chosen
}

run_new_tool() {
  setup $(all_packages)
  .venv/bin/ashim new-tool "$@"
  setup $(all_packages) # its entry point is in a pyproject.toml, which is new or has changed
}
