// What a piece of work and whoever started it tell each other while it runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace glassine {

struct Control {
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> bytes{0};
  std::atomic<uint64_t> items{0};
  /// Called on the work's thread whenever the numbers grew; must be cheap.
  std::function<void()> on_progress = [] {};
};

}  // namespace glassine
