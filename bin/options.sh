# The options that several commands share.

dev=0 pillow=plain only= with= extras= rest=()

# Read the options named in $1 from the other arguments; what isn't an option is left in 'rest'.
options() {
  local allowed=" $1 " argument
  shift
  while [ $# -gt 0 ]; do
    argument=${1%%=*}
    case $argument in
      --only | --with | --extras | --dev | --pillow-simd)
        [[ $allowed == *" $argument "* ]] || { rest+=("$1"); shift; continue; } ;;
    esac
    case $1 in
      --only=* | --with=* | --extras=*) set -- "$argument" "${1#*=}" "${@:2}" ;;
    esac
    case $1 in
      --only | --with)
        [ -n "${2:-}" ] || die "$1 needs the names of tool packages: $(all_packages | paste -sd ' ')" 2
        if [ "$1" = --only ]; then only=$2; else with=$2; fi
        shift ;;
      --extras)
        extras=${2:-}
        [[ $extras =~ ^(client|postgresql|mysql|redis)(,(client|postgresql|mysql|redis))*$ ]] ||
          die "--extras needs some of: client,mysql,postgresql,redis" 2
        shift ;;
      --dev) dev=1 ;;
      --pillow-simd) pillow=simd ;;
      --) rest+=("${@:2}"); return ;;
      *) rest+=("$1") ;;
    esac
    shift
  done
}

refuse_arguments() { [ $# = 0 ] || die "unknown option '$1'; see ./run help" 2; }
