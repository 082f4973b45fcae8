// Threads that wait for work, and the turns they take at it.
#include "thread_pool.h"

#include <system_error>

namespace glassine {

ThreadPool::ThreadPool(unsigned threads) {
  threads_.reserve(threads);
  try {
    while (threads_.size() + 1 < threads) threads_.emplace_back([this] { serve(); });
  } catch (const std::system_error&) {
    // As many as could be had.
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::call(const std::function<void()>& work) {
  try {
    work();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!thrown_) thrown_ = std::current_exception();
  }
}

void ThreadPool::serve() {
  for (uint64_t done = 0;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return turn_ > done || ended_; });
    if (ended_) return;
    done = turn_;
    const std::function<void()>& work = *work_;
    lock.unlock();
    call(work);
    lock.lock();
    if (--busy_ == 0) changed_.notify_all();
  }
}

void ThreadPool::run(const std::function<void()>& work) {
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    thrown_ = nullptr;
    busy_ = threads_.size();
    ++turn_;
    changed_.notify_all();
  }
  call(work);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return busy_ == 0; });
  if (thrown_) std::rethrow_exception(thrown_);
}

}  // namespace glassine
