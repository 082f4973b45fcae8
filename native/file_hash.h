// The hash of a file that the cache holds: read and hashed by several threads, each in blocks of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "blake3/blake3.h"
#include "control.h"
#include "file_io.h"
#include "thread_pool.h"

namespace glassine {

struct HashedFile {
  Failure failure;
  /// Fewer than were asked for where the file ended before, or the work was stopped: then there is no hash.
  uint64_t bytes = 0;
  blake3::Hash hash{};
};

/// Keeps its threads and their buffers from file to file.
class FileHasher {
 public:
  explicit FileHasher(unsigned threads);

  /// Hashes the first `size` bytes. Progress is told on any of the threads; `path` is for failures alone.
  HashedFile hash(const io::File& file, uint64_t size, const std::string& path, Control& control);

 private:
  class Work;
  /// Whole pages: copying out of the cache to any other address takes twice as long. Of 1 MiB: few calls, and
  /// what was read is hashed while it is still in the processor's cache.
  struct alignas(io::kAlignment) Block {
    uint8_t bytes[size_t{1} << 20U];
  };

  ThreadPool pool_;
  std::vector<std::unique_ptr<Block>> buffers_;
};

}  // namespace glassine
