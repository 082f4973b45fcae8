// A file as a row of blocks, holes told apart: how sources are read and copies are read back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "file_io.h"

namespace glassine {

constexpr size_t kBlockBytes = size_t{1} << 20;

struct FreeMemory {
  void operator()(uint8_t* memory) const;
};
using Buffer = std::unique_ptr<uint8_t[], FreeMemory>;

/// Memory that direct I/O takes; never null: std::bad_alloc.
Buffer aligned_buffer(size_t size, size_t alignment = io::kAlignment);

/// How a file is to be read.
enum class Reading {
  /// Past the cache where most of the file is not in it.
  cheapest,
  /// What the medium holds, by whatever way there is.
  medium,
};

struct Block {
  uint64_t offset = 0;
  /// 0: the end of the file was met.
  uint64_t size = 0;
  /// Nothing was read: the file system keeps no bytes here, all are zero.
  bool hole = false;
};

class BlockReader {
 public:
  /// `stat` says how much there is to read; `path` is for failures alone.
  BlockReader(io::File& file, const io::Stat& stat, std::string path, Reading reading);

  /// The next block, into `buffer` of kBlockBytes. A hole may be larger than that.
  Failure next(uint8_t* buffer, Block* block);
  /// Whether the file is read from the cache because most of it is there.
  [[nodiscard]] bool is_cached() const { return cached_; }
  /// Whether everything so far came past the cache.
  [[nodiscard]] bool cache_bypassed() const { return bypassed_; }

 private:
  Failure read(uint8_t* buffer, size_t size, size_t* got);
  void read_through_cache();
  void find_data();

  io::File& file_;
  std::string path_;
  Reading reading_;
  uint64_t size_;
  bool sparse_;
  bool cached_ = false;
  bool direct_ = false;
  bool bypassed_ = false;
  uint64_t offset_ = 0;
  uint64_t data_start_ = 0;
  uint64_t data_end_ = 0;
};

}  // namespace glassine
