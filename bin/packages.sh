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

with_their_own() { # folders, and those of the packages here that they build on
  local folder name
  for folder; do
    echo "$folder"
    for name in $(grep -o '"ashim-[a-z0-9-]*' "plugins/$folder/pyproject.toml" | tr -d '"'); do
      [ "$name" = "$(distribution "$folder")" ] || with_their_own $(folder_of "$name")
    done
  done
}

folder_of() { # the folder of the distribution $1, if it is one of plugins/
  local folder
  for folder in $(all_packages); do
    [ "$(distribution "$folder")" != "$1" ] || echo "$folder"
  done
}

each_once() { printf '%s\n' "$@" | sort -u | sed '/^$/d'; }

chosen_packages() { # what --only and --with say, as folders
  local chosen
  if [ -n "$only" ]; then chosen=$(folders "$only"); else chosen=$(all_packages | sed '/^example$/d'); fi
  chosen+=$'\n'$(folders "$with")
  each_once $(with_their_own $chosen)
}
