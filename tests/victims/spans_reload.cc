// Loads a library that marks what it does, and closes it again, many times; then forks:
//   spans_reload LIBRARY ROUNDS
// Prints how many more descriptors are open then, and the child's status.
#include <dirent.h>
#include <dlfcn.h>
#include <hone/hone.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace {

int open_descriptors() {
  int count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder)) ++count;
  closedir(folder);
  return count;
}

void use(const char* path, bool also_by_a_thread) {
  void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  const auto work = reinterpret_cast<int (*)(int)>(dlsym(library, "library_work"));
  if (also_by_a_thread) std::thread([&] { work(1); }).join();
  work(1);
  dlclose(library);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  { HONE_SPAN("begun"); }
  const int before = open_descriptors();
  for (int i = 0; i < atoi(argv[2]); ++i) use(argv[1], i % 2 == 0);
  const int after = open_descriptors();
  const pid_t child = fork();
  if (child == 0) {
    { HONE_SPAN("in a child"); }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  { HONE_SPAN("ended"); }
  printf("%d %d\n", after - before, status);
  return 0;
}
