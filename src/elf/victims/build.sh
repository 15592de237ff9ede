#!/bin/sh
# Builds the victims of the ELF and symbol tests, one file a way of building, into a folder.
# A way whose tool is missing is left out, and its test says so.
#   build.sh OUT SOURCE_FOLDER
set -u
out=$1
here=$2
rm -rf "$out"
mkdir -p "$out"
cd "$out" || exit 1
PATH=$PATH:/usr/lib/llvm-14/bin  # tools that Debian installs under their bare names there alone
has() { command -v "$1" >/dev/null 2>&1; }
sources="$here/shapes.cpp $here/other.cpp"

# make NAME COMPILER FLAGS...
make() {
  name=$1
  shift
  has "$1" && "$@" -o "$name" $sources 2>>build.log || rm -f "$name"
}
# split NAME COMPILER FLAGS...: separate compilation, since the .dwo lies where the object does
split() {
  name=$1
  compiler=$2
  shift 2
  has "$compiler" || return 0
  mkdir -p "$name.objects"
  for unit in shapes other; do
    (cd "$name.objects" && "$compiler" -gsplit-dwarf "$@" -c "$here/$unit.cpp" -o "$unit.o") \
      2>>build.log || return 0
  done
  "$compiler" -o "$name" "$name.objects/shapes.o" "$name.objects/other.o" 2>>build.log
}
# package NAME TOOL: the units of the split program of that name in one file. Timed, since llvm-dwp
# 14 never ends on DWARF 5 of GCC.
package() {
  has "$2" && [ -f "$1" ] &&
    (cd "$1.objects" && timeout 20 "$2" -e "../$1" -o "../$1.dwp") 2>>build.log || rm -f "$1"
  rm -f "$1.objects"/*.dwo
}

id=-Wl,--build-id=sha1
make gcc5 g++ -O2 -g -gdwarf-5 $id
make gcc4 g++ -O2 -g -gdwarf-4 $id
make gcc_o0 g++ -O0 -g $id
make clang5 clang++ -O2 -g -gdwarf-5 $id
make clang4 clang++ -O2 -g -gdwarf-4 $id
make zlib g++ -O2 -g -gz=zlib $id
make zlib_gnu g++ -O2 -g -gz=zlib-gnu $id
make types g++ -O2 -g -fdebug-types-section $id
make lto g++ -O2 -g -flto $id
make no_build_id g++ -O2 -g -Wl,--build-id=none
make symbols_only g++ -O2 $id
make exports g++ -O2 -rdynamic -s $id
make static g++ -O2 -g -static $id
make plt_ibt g++ -O2 -fcf-protection -Wl,-z,ibtplt $id
make plt_now g++ -O2 -Wl,-z,now $id
make plt_lld clang++ -O2 -fuse-ld=lld $id
make aarch64 aarch64-linux-gnu-g++ -O2 -g $id
split split5 g++ -O2 -gdwarf-5
split split4 g++ -O2 -gdwarf-4
split clang_split5 clang++ -O2 -gdwarf-5
split packaged4 g++ -O2 -gdwarf-4
package packaged4 dwp
split packaged5 clang++ -O2 -gdwarf-5
package packaged5 llvm-dwp

# link NAME WHOLE: stripped, with its debug info in NAME.debug.
link() {
  objcopy --only-keep-debug "$2" "$1.debug" &&
    objcopy --strip-all --add-gnu-debuglink="$1.debug" "$2" "$1"
}
link linked gcc5
link crc no_build_id
# An older binutils knows no zstd.
objcopy --compress-debug-sections=zstd gcc5 zstd 2>>build.log || rm -f zstd
objcopy --strip-all gcc5 stripped
# Without section headers: what is left is what the program headers say.
has llvm-objcopy && llvm-objcopy --strip-sections gcc5 no_sections 2>>build.log

if has xz; then
  printf 'plain_function\n_ZL14local_functioni\nmark_local\nmark_plain\n' >mini.keep
  objcopy -S --keep-symbols=mini.keep gcc5 mini.symbols && xz -kf mini.symbols &&
    objcopy --add-section .gnu_debugdata=mini.symbols.xz stripped mini
fi
if has dwz; then
  cp gcc5 dwz_a && cp gcc5 dwz_b && dwz -m dwz_common -M dwz_common dwz_a dwz_b 2>>build.log ||
    rm -f dwz_a dwz_b
fi
if [ ! -f gcc5 ] || [ ! -f linked ]; then
  cat build.log >&2
  exit 1
fi
touch built
