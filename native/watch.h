// Hearing of changes in a folder and everything below it. A hint is never proof: whoever gets one looks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "failure.h"

namespace glassine {

struct Hint {
  enum class Kind {
    /// Something in this folder changed.
    folder,
    /// Everything below this folder may have.
    tree,
    /// Events were lost: anything may have changed.
    lost,
    /// The root is not there any more; nothing more will be heard.
    gone,
  };
  Kind kind = Kind::folder;
  /// Below the root, as bytes.
  std::string folder;
};

class Watch {
 public:
  explicit Watch(std::string root);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  /// Watches every folder there is. Folders above the system's limit are counted, no more.
  Failure begin();
  /// Sleeps until something changed and returns it, each hint once. Empty when told to stop, or when all is
  /// gone.
  std::vector<Hint> next();
  /// Any thread.
  void stop();

  [[nodiscard]] uint32_t watched() const { return watched_; }
  [[nodiscard]] uint32_t unwatched() const { return unwatched_; }

 private:
  struct System;

  std::unique_ptr<System> system_;
  std::atomic<bool> stopped_{false};
  std::atomic<uint32_t> watched_{0};
  std::atomic<uint32_t> unwatched_{0};
};

}  // namespace glassine
