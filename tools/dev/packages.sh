# What each verb of ./dev needs from Debian 12, by group, and how it comes onto the machine.
# Sourced by ./dev. Why each library was taken: docs/design/dependencies.md.

packages_build="g++ cmake ninja-build pkg-config git ca-certificates ccache lld
  libdw-dev libelf-dev libdebuginfod-dev libzstd-dev liblzma-dev zlib1g-dev libxxhash-dev
  libfmt-dev libcli11-dev libexpected-dev nlohmann-json3-dev libtomlplusplus-dev libcapstone-dev
  libiberty-dev libsqlite3-dev libedit-dev libboost1.81-dev
  libgtest-dev libgmock-dev libbenchmark-dev
  libbullet-dev libvulkan-dev glslang-tools libpng-dev libxcb1-dev python3"

# The pages of `hone view` are built by npm: whichever there is, else Debian's.
if ! command -v npm >/dev/null; then packages_build+=" npm"; fi

# Compilers and checkers, then the programs that tests record, read or compare with.
packages_test="clang libclang-rt-14-dev llvm-14 clang-format-14 clang-tidy-14 python3
  procps xz-utils sqlite3 nodejs binutils dwz linux-perf chromium musl-tools
  redis-server postgresql nginx-light wrk libpython3.11-testsuite
  protobuf-compiler python3-jsonschema
  google-perftools libgoogle-perftools-dev
  gcc-aarch64-linux-gnu g++-aarch64-linux-gnu qemu-user
  mesa-vulkan-drivers vulkan-validationlayers xvfb liblua5.4-dev
  valgrind heaptrack hyperfine"

packages_bench="linux-perf xz-utils sqlite3 python3 binutils procps libunwind-dev redis-server
  lttng-tools liblttng-ust-dev bpftrace"
packages_docs="python3 chromium nodejs"
packages_package="dpkg-dev file"

# as_root COMMAND...
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this needs root, and sudo is absent; as root, run: $*"
  fi
}

# need_packages GROUP...: installs what is missing. With nothing missing it asks only dpkg's own
# list: no root, no network, some 20 ms.
need_packages() {
  local group wanted="" missing="" package have list
  for group in "$@"; do
    list=packages_$group
    [ -n "${!list:-}" ] || die "no package group '$group': build test bench docs package"
    wanted+=" ${!list}"
  done
  if ! command -v dpkg-query >/dev/null; then
    say "dev: this is not Debian; going on as if these were installed:" $wanted
    return 0
  fi
  have=" $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
    sed -n 's/^installed //p' | tr '\n' ' ')" || true
  for package in $wanted; do
    case "$have$missing " in *" $package "*) ;; *) missing+=" $package" ;; esac
  done
  if [ -z "$missing" ]; then return 0; fi
  if [ -n "${HONE_NO_INSTALL:-}" ]; then die "missing packages:$missing"; fi

  local log=build/deps.log
  mkdir -p build
  say "installing:$missing (log: $log)"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0
    -o DPkg::Lock::Timeout=300 --no-install-recommends)
  local started=$SECONDS
  { as_root "${apt[@]}" update && as_root "${apt[@]}" install $missing; } >"$log" 2>&1 </dev/null ||
    { tail -20 "$log" >&2; die "apt-get could not install:$missing"; }
  say "installed in $((SECONDS - started)) s"
}

# The independent readers of exported files, from npm, where there is one: without it their tests
# are skipped, and say so.
need_readers() {
  local status=0
  tools/readers >/dev/null || status=$?
  if [ "$status" != 0 ] && [ "$status" != 77 ]; then die "npm could not install the readers"; fi
}
