// Beginning threads, and taking what they throw to whoever waits for them.
#include "crew.h"

#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace glassine {

void work_together(size_t size, const std::function<void()>& work) {
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto guarded = [&] {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!thrown) thrown = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  others.reserve(size);
  for (size_t i = 1; i < size; ++i) {
    try {
      others.emplace_back(guarded);
    } catch (const std::system_error&) {
      break;
    }
  }
  guarded();
  for (std::thread& other : others) other.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace glassine
