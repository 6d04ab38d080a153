# Tool packages: which there are, what they are called, and which of them are chosen.

all_packages() { # the folders of plugins/ that hold a package
  local file
  for file in plugins/*/pyproject.toml; do
    [ ! -f "$file" ] || basename "$(dirname "$file")"
  done
}

distribution() { # the distribution's name of the tool package in folder $1
  sed -n 's/^name *= *"\(.*\)"/\1/p' "plugins/$1/pyproject.toml" | head -n 1
}

folders() { # a,b as folders, one a line; each may be given as a folder or as a distribution
  local name folder found
  for name in ${1//,/ }; do
    found=
    for folder in $(all_packages); do
      case $name in "$folder" | "$(distribution "$folder")") found=$folder ;; esac
    done
    [ -n "$found" ] || die "no tool package '$name'; there are: $(all_packages | paste -sd ' ')" 2
    echo "$found"
  done
}

each_once() { printf '%s\n' "$@" | sort -u | sed '/^$/d'; }

chosen_packages() { # what --only and --with say, as folders
  local chosen
  if [ -n "$only" ]; then chosen=$(folders "$only"); else chosen=$(all_packages | sed '/^example$/d'); fi
  chosen+=$'\n'$(folders "$with")
  each_once $chosen
}
