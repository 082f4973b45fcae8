// Reading a file block by block: past the cache where that is possible and asked for, and never claimed
// otherwise.
#include "blocks.h"

#include <algorithm>
#include <new>
#include <utility>

#ifdef _WIN32
#include <malloc.h>
#endif

namespace glassine {

namespace {

/// Below this the cache is not worth avoiding, nor a look at what it holds.
constexpr uint64_t kSmall = uint64_t{256} << 10U;

/// A hole is told in pieces, so that whoever hashes or writes zeros can stop in between.
constexpr uint64_t kMostHoleBytes = uint64_t{8} << 20U;

uint64_t align_up(uint64_t size) { return (size + io::kAlignment - 1) / io::kAlignment * io::kAlignment; }

}  // namespace

void FreeMemory::operator()(uint8_t* memory) const {
#ifdef _WIN32
  _aligned_free(memory);
#else
  std::free(memory);
#endif
}

Buffer aligned_buffer(size_t size, size_t alignment) {
#ifdef _WIN32
  void* memory = _aligned_malloc(size, alignment);
#else
  void* memory = std::aligned_alloc(alignment, size);
#endif
  if (memory == nullptr) throw std::bad_alloc();
  return Buffer(static_cast<uint8_t*>(memory));
}

BlockReader::BlockReader(io::File& file, const io::Stat& stat, std::string path, Reading reading)
    : file_(file),
      path_(std::move(path)),
      reading_(reading),
      size_(stat.bytes),
      sparse_(stat.allocated_bytes < stat.bytes && stat.bytes > io::kAlignment),
      data_end_(stat.bytes) {
  // What was written through the cache need not stay in it.
  if (reading == Reading::medium) io::forget_cache(file);
  cached_ = reading == Reading::cheapest && size_ > kSmall && io::is_cached(file, size_);
  const bool past = reading == Reading::medium || (size_ > kSmall && !cached_);
  direct_ = past && io::set_direct(file, true);
  bypassed_ = direct_ && io::direct_means_medium(file, size_);
  if (!direct_) read_through_cache();
  if (sparse_) find_data();
}

/// The way that is left: a file of which nothing is cached can only come from the medium.
void BlockReader::read_through_cache() {
  if (direct_) io::set_direct(file_, false);
  direct_ = false;
  bypassed_ = reading_ == Reading::medium && offset_ == 0 && io::drop_cache(file_, size_);
}

void BlockReader::find_data() {
  if (!io::next_data(file_, offset_, size_, &data_start_, &data_end_)) data_start_ = data_end_ = size_;
  // Small blocks of a file system must not unalign what follows.
  data_start_ = std::max(data_start_ / io::kAlignment * io::kAlignment, offset_);
  data_end_ = std::min(align_up(data_end_), size_);
}

Failure BlockReader::read(uint8_t* buffer, size_t size, size_t* got) {
  if (direct_) {
    Failure failure = io::read_at(file_, buffer, align_up(size), offset_, path_, got);
    if (failure.number != EINVAL) {
      *got = std::min(*got, size);
      // Past a short read the next offset is not aligned any more.
      if (!failure && *got % io::kAlignment != 0 && offset_ + *got < size_) {
        io::set_direct(file_, false);
        direct_ = bypassed_ = false;
      }
      return failure;
    }
    read_through_cache();
  }
  if (reading_ == Reading::medium) return io::read_at(file_, buffer, size, offset_, path_, got);
  return io::read_once_at(file_, buffer, size, offset_, path_, got);
}

Failure BlockReader::next(uint8_t* buffer, Block* block) {
  *block = {offset_, 0, false};
  if (offset_ >= size_) return {};
  if (sparse_ && offset_ >= data_end_) find_data();
  if (sparse_ && offset_ < data_start_) {
    block->hole = true;
    block->size = std::min(data_start_ - offset_, kMostHoleBytes);
    offset_ += block->size;
    return {};
  }
  const auto wanted = static_cast<size_t>(std::min<uint64_t>(data_end_ - offset_, kBlockBytes));
  size_t got = 0;
  if (Failure failure = read(buffer, wanted, &got)) return failure;
  block->size = got;
  offset_ += got;
  return {};
}

}  // namespace glassine
