// Four threads take orders, price them and write them into one book, under one lock: the program of
// the chapter on waiting. It holds the lock for longer than it has to; with -DPRICE_FIRST it does
// not.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

std::mutex book_lock;
int book = -1;

void next_order() {  // comes from somewhere, at times
  std::this_thread::sleep_for(std::chrono::microseconds(300));
}

double price_of(int order) {
  double price = order;
  for (int i = 1; i < 40'000; ++i) price += std::sqrt(price + i);
  return price;
}

void write_down(int order, double price) {
  const std::string line = std::to_string(order) + " " + std::to_string(price) + "\n";
  if (::write(book, line.data(), line.size()) < 0) std::perror("book");
}

void take_orders(int first, int count) {
  for (int order = first; order < first + count; ++order) {
    next_order();
#ifdef PRICE_FIRST
    const double price = price_of(order);
    const std::lock_guard lock(book_lock);
#else
    const std::lock_guard lock(book_lock);
    const double price = price_of(order);
#endif
    write_down(order, price);
  }
}

}  // namespace

int main() {
  book = ::open("book.txt", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (book < 0) {
    std::perror("book.txt");
    return 1;
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(take_orders, i * 1'000'000, 800);
  for (std::thread& thread : threads) thread.join();
  ::close(book);
  return 0;
}
