# Pillow-SIMD in Pillow's place.
# docs/decisions/pillow-simd.md says why, and what goes wrong with a plain 'pip install'.

readonly SIMD_VERSION=$(sed -n 's/^pillow-simd==//p' constraints.txt)
readonly SIMD_WHEELS=.venv/pillow-simd
readonly SIMD_BUILD_PACKAGES=(
  gcc libc6-dev pkg-config libjpeg-dev zlib1g-dev libtiff-dev libfreetype-dev liblcms2-dev
  libwebp-dev libopenjp2-7-dev libraqm-dev libharfbuzz-dev libfribidi-dev libavif-dev
)

simd_wheel() { compgen -G "$SIMD_WHEELS/pillow_simd-$SIMD_VERSION-*.whl"; }

simd_prerequisites() {
  simd_wheel >/dev/null || debian_packages "${SIMD_BUILD_PACKAGES[@]}" $(python_headers)
}

python_headers() { # the package that holds Python.h, if it is missing
  .venv/bin/python - <<'END'
import os, sys, sysconfig
if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    print(f"python{sys.version_info[0]}.{sys.version_info[1]}-dev")
END
}

remove_pillow() { # both kinds share their files, so neither may stay, nor anything they leave behind
  rm -f "$STATE.before" # without a Pillow, the set-up before is no longer a good one
  pip uninstall -y pillow pillow-simd 2>/dev/null
  rm -rf .venv/lib/python3*/site-packages/PIL
}

install_simd() {
  local compiler=gcc
  if ! simd_wheel >/dev/null; then
    say "building Pillow-SIMD $SIMD_VERSION (some minutes)"
    # AVX2 through CC: CFLAGS would take the place of the optimisation that Python was built with.
    ! grep -qw avx2 /proc/cpuinfo || compiler="gcc -mavx2"
    # No cache: pip would keep a wheel with whatever codecs were there on the day it was built.
    env -u CFLAGS CC="$compiler" .venv/bin/python -m pip --quiet wheel --no-cache-dir --no-deps \
      --no-binary pillow-simd --build-constraint constraints.txt -w "$SIMD_WHEELS" \
      "pillow-simd==$SIMD_VERSION" || die "building Pillow-SIMD failed: the reason is above"
  fi
  remove_pillow
  pip install --no-deps --no-index "$(simd_wheel)"
  .venv/bin/python - "$SIMD_VERSION" <<'END' || { rm -rf "$SIMD_WHEELS"; die "Pillow-SIMD can't be used"; }
import sys
import PIL
from PIL import features
codecs = ("jpg", "zlib", "webp", "libtiff", "freetype2", "littlecms2", "raqm")
missing = [codec for codec in codecs if not features.check(codec)]
if missing or PIL.__version__ != sys.argv[1]:
    sys.exit(f"run: PIL is {PIL.__version__}, wanted {sys.argv[1]}; missing: {missing or 'nothing'}")
END
}
