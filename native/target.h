// One copy under way: created, written, flushed, read back, and removed again when anything goes wrong.
#pragma once

#include <string>

#include "blake3/blake3.h"
#include "blocks.h"
#include "control.h"
#include "file_io.h"
#include "pump.h"
#include "volumes.h"

namespace glassine {

struct TargetResult {
  Failure failure;
  bool matches = false;
  bool cache_bypassed = false;
};

/// What a copy must be, and whether reading it past the cache proves anything.
struct Proof {
  const blake3::Hash& hash;
  uint64_t bytes;
  bool reaches_medium;
};

class Target {
 public:
  explicit Target(std::string path) : path_(std::move(path)) {}

  /// Creates the file. `source` says how large it will be and who may read it.
  void open(const io::Stat& source, Volumes& volumes);
  void write(const uint8_t* bytes, size_t size, uint64_t offset);
  /// Writes zeros, or leaves a hole where the file system has holes.
  void write_hole(uint64_t size, uint64_t offset);
  /// The content is complete: gives the file its size and time.
  void finish(uint64_t bytes, int64_t modified_ns);
  /// Flushes the file by itself; `close` must follow before anything is read back.
  void flush();
  void close() { file_.close(); }
  /// The same for a file that is closed already.
  void reopen_and_flush();
  /// Before reading back, for every target on the same volume: whether nothing outside this system's own
  /// cache can answer in the medium's place.
  [[nodiscard]] bool reaches_medium() const;
  void read_back(const Proof& proof, const Control& control, BlockMemory* memory);
  /// Nobody looked; nothing contradicts.
  void trust() { result_.matches = !failed(); }
  /// Removes what was created; the failure, if any, stays.
  void remove();
  void fail(Failure failure);

  [[nodiscard]] bool failed() const { return static_cast<bool>(result_.failure); }
  [[nodiscard]] const io::Traits& traits() const { return traits_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const TargetResult& result() const { return result_; }

 private:
  enum class Holes { unknown, kept, written };

  void probe_holes(uint64_t size, uint64_t offset);
  Failure write_direct(const uint8_t* bytes, size_t size, uint64_t offset, bool* done);

  std::string path_;
  io::File file_;
  io::Traits traits_;
  TargetResult result_;
  bool created_ = false;
  bool direct_ = false;
  Holes holes_ = Holes::unknown;
  uint64_t pushed_ = 0;
};

}  // namespace glassine
