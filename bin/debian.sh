# Packages of Debian: those of the programs that tools run, and what an environment is made with.

# Programs that tools run: installed as root. A tool whose program is missing says so itself.
wanted_programs() {
  local missing
  missing=$(system_packages missing)
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    debian_packages $missing
  else
    say "some tools want programs that are missing; as root: apt-get install $missing"
  fi
}

system_packages() { # of all programs that installed tools declare, or only of those that are $1
  .venv/bin/python - "$@" <<'END'
import sys
from ashim_core.discovery import Sources, discover
from ashim_core.host import NOWHERE
from ashim_core.requirement import Program
registry, _ = discover(Sources())
programs = {need for tool in registry for need in tool.requires if isinstance(need, Program)}
print(*sorted({one.package for one in programs if not sys.argv[1:] or one.missing(NOWHERE)}))
END
}

# Make sure that the packages are there: install them as root, otherwise say what is missing.
debian_packages() {
  local package missing=() log
  command -v dpkg-query >/dev/null || { say "run: is this not Debian? It may lack: $*"; return; }
  for package; do
    [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = 'install ok installed' ] ||
      missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "system packages are missing; as root: apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  log=$(mktemp)
  {
    apt-get update || true # one unreachable source need not matter
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
  } >"$log" 2>&1 </dev/null || { cat "$log" >&2; die "apt-get install failed: its reason is above"; }
  rm -f "$log"
}

run_system_packages() {
  refuse_arguments "$@"
  [ -f "$STATE" ] || die "nothing is installed yet: ./run install"
  system_packages
}
