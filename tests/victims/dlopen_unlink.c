// Copies a library, loads the copy and removes its file: all work is in plugin_inner() of a file
// that is no more. dlopen_unlink LIBRARY FOLDER [UNITS]
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include "work.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  char copy[4096];
  snprintf(copy, sizeof copy, "%s/unlinked_plugin.so", argv[2]);
  FILE* from = fopen(argv[1], "rb");
  FILE* to = fopen(copy, "wb");
  if (!from || !to) return 3;
  static char bytes[1 << 16];
  for (size_t got; (got = fread(bytes, 1, sizeof bytes, from)) > 0;) fwrite(bytes, 1, got, to);
  fclose(from);
  fclose(to);
  void* library = dlopen(copy, RTLD_NOW);
  if (!library) return 4;
  if (unlink(copy) != 0) return 5;
  void (*plugin_work)(uint64_t) = (void (*)(uint64_t))dlsym(library, "plugin_work");
  if (!plugin_work) return 6;
  const uint64_t units = argument(argc, argv, 3, 600);
  for (uint64_t i = 0; i < units; i += 10) plugin_work(10);
  return 0;
}
