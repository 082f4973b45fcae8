// Threads that wait for work which is shared among them and whoever has it: begun once, used for many files.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace glassine {

class ThreadPool {
 public:
  /// `threads` work on everything, the caller's own being one of them. Fewer where the system has no more.
  explicit ThreadPool(unsigned threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  /// How many threads there are, the caller's own included.
  [[nodiscard]] size_t count() const { return threads_.size() + 1; }
  /// Calls `work` once on every thread, the caller's included; returns when all calls have. What one of them
  /// throws is thrown here, once all have ended. One caller at a time.
  void run(const std::function<void()>& work);

 private:
  void serve();
  void call(const std::function<void()>& work);

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;
  std::exception_ptr thrown_;
  uint64_t turn_ = 0;
  size_t busy_ = 0;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace glassine
