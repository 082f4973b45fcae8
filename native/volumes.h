// What a transfer knows of the volumes it touches: asked once for each, not for every file. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "failure.h"
#include "file_io.h"

namespace glassine {

class Volumes {
 public:
  /// Of the volume with this st_dev, which `file` is on.
  io::Traits of(const io::File& file, uint64_t device);
  /// Keeps something on a target's volume open from before anything is written there: so every error since
  /// is told when the volume is flushed.
  void anchor(const io::Traits& traits, const std::string& path);
  /// False where the volume has no anchor: then each file is flushed by itself.
  bool flush(uint64_t volume, const std::string& path, Failure* failure);
  /// Whether nothing outside this system's own cache can answer in the place of a source's medium. A server's
  /// cache is dropped for it, as a whole.
  bool reaches_medium(const io::File& source, uint64_t device);

 private:
  std::mutex mutex_;
  std::map<uint64_t, io::Traits> traits_;
  std::map<uint64_t, io::File> anchors_;
  std::map<uint64_t, bool> reaches_medium_;
};

}  // namespace glassine
