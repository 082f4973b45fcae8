// How fast a transfer may read: everybody who reads waits for their turn.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>

#include "control.h"

namespace glassine {

class Pace {
 public:
  /// 0: as fast as it goes.
  explicit Pace(uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  /// Waits until so many bytes more would have taken as long as they may; no longer than until a stop.
  void wait(uint64_t bytes, const Control& control) {
    if (bytes_per_second_ == 0) return;
    const Moment until = due_after(bytes);
    for (Moment now = Clock::now(); now < until && !control.stop; now = Clock::now()) {
      std::this_thread::sleep_for(std::min<Clock::duration>(until - now, kLongestNap));
      // What was read before is told now, and not only when something more is read.
      control.on_progress();
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Moment = Clock::time_point;
  /// A stop is heard after this.
  static constexpr std::chrono::milliseconds kLongestNap{20};

  /// Time that nobody used is not made up for: the limit is one of every moment.
  Moment due_after(uint64_t bytes) {
    const std::chrono::duration<double> takes(static_cast<double>(bytes) /
                                              static_cast<double>(bytes_per_second_));
    const std::lock_guard lock(mutex_);
    due_ = std::max(due_, Clock::now()) + std::chrono::duration_cast<Clock::duration>(takes);
    return due_;
  }

  const uint64_t bytes_per_second_;
  std::mutex mutex_;
  Moment due_;
};

}  // namespace glassine
