// Volumes by their numbers, each looked at when the first file on it is met.
#include "volumes.h"

#include <utility>

namespace glassine {

io::Traits Volumes::of(const io::File& file, uint64_t device) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = traits_.find(device);
    if (known != traits_.end()) return known->second;
  }
  // A drive that hangs must not hold up those who ask for another one: so nothing is asked under the lock.
  const io::Traits traits = io::traits(file);
  const std::lock_guard lock(mutex_);
  return traits_.emplace(device, traits).first->second;
}

void Volumes::anchor(const io::Traits& traits, const std::string& path) {
  {
    const std::lock_guard lock(mutex_);
    if (anchors_.count(traits.volume) > 0) return;
  }
  io::File opened;
  if (io::open_for_flush(path, &opened)) return;
  const std::lock_guard lock(mutex_);
  anchors_.emplace(traits.volume, std::move(opened));
}

bool Volumes::flush(uint64_t volume, const std::string& path, Failure* failure) {
  const io::File* anchor = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = anchors_.find(volume);
    if (found == anchors_.end()) return false;
    anchor = &found->second;
  }
  *failure = io::flush_volume(*anchor, path);
  return true;
}

bool Volumes::reaches_medium(const io::File& source, uint64_t device) {
  const io::Traits traits = of(source, device);
  {
    const std::lock_guard lock(mutex_);
    const auto known = reaches_medium_.find(device);
    if (known != reaches_medium_.end()) return known->second;
  }
  const bool reaches = traits.has_medium && io::drop_server_cache(source);
  const std::lock_guard lock(mutex_);
  return reaches_medium_.emplace(device, reaches).first->second;
}

}  // namespace glassine
