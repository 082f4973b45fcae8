// Writing one copy and proving it: past the cache both ways where the file system can do that.
#include "target.h"

#include <algorithm>
#include <utility>

namespace glassine {

namespace {

/// Smaller files are written through the cache: the flush that follows costs the same.
constexpr uint64_t kDirectFrom = uint64_t{256} << 10U;
/// Bytes that may wait in the cache: bounds how long a flush, and so a stop, can take.
constexpr uint64_t kMostWaiting = uint64_t{8} << 20U;

// Not const: so it takes no room in the addon's file, and none in memory while nobody reads it.
alignas(io::kAlignment) uint8_t zeros[kBlockBytes];

bool is_aligned(uint64_t number) { return number % io::kAlignment == 0; }

}  // namespace

void Target::fail(Failure failure) {
  if (failed()) return;
  result_.failure = std::move(failure);
  remove();
}

void Target::remove() {
  file_.close();
  if (std::exchange(created_, false)) io::remove_file(path_);
  result_.matches = false;
}

void Target::open(const io::Stat& source, Volumes& volumes) {
  // Never more open to others than the source is, and always the owner's to read back.
  const uint32_t mode = (source.mode & 0666U) | 0600U;
  if (Failure failure = io::create(path_, mode, &file_)) return fail(std::move(failure));
  created_ = true;
  io::Stat stat;
  if (Failure failure = io::stat(file_, path_, &stat)) return fail(std::move(failure));
  traits_ = volumes.of(file_, stat.device);
  if (source.bytes < kDirectFrom) return;
  direct_ = traits_.has_medium && io::set_direct(file_, true);
  const bool sparse = source.allocated_bytes < source.bytes;
  if (!sparse) {
    if (Failure failure = io::reserve(file_, source.bytes, path_)) fail(std::move(failure));
  }
}

Failure Target::write_direct(const uint8_t* bytes, size_t size, uint64_t offset, bool* done) {
  if (is_aligned(offset) && is_aligned(size)) {
    Failure failure = io::write_at(file_, bytes, size, offset, path_);
    *done = failure.number != EINVAL;
    if (*done) return failure;
  }
  // The tail, or a file system that said yes and meant no.
  direct_ = false;
  io::set_direct(file_, false);
  return {};
}

void Target::write(const uint8_t* bytes, size_t size, uint64_t offset) {
  if (failed()) return;
  Failure failure;
  bool done = false;
  if (direct_) failure = write_direct(bytes, size, offset, &done);
  if (!done && !failure) failure = io::write_at(file_, bytes, size, offset, path_);
  if (failure) return fail(std::move(failure));
  if (!direct_ && offset + size >= pushed_ + kMostWaiting) {
    io::push_out(file_, pushed_, offset + size);
    pushed_ = offset + size;
  }
}

void Target::probe_holes(uint64_t size, uint64_t offset) {
  const uint64_t piece = std::min<uint64_t>(size, kBlockBytes);
  const bool kept = !io::set_size(file_, offset + piece, path_) && io::is_hole(file_, offset);
  holes_ = kept ? Holes::kept : Holes::written;
}

void Target::write_hole(uint64_t size, uint64_t offset) {
  if (failed()) return;
  if (holes_ == Holes::unknown) probe_holes(size, offset);
  if (holes_ == Holes::kept) return;
  for (uint64_t done = 0; done < size && !failed();) {
    const auto part = static_cast<size_t>(std::min<uint64_t>(size - done, kBlockBytes));
    write(zeros, part, offset + done);
    done += part;
  }
}

void Target::finish(uint64_t bytes, int64_t modified_ns) {
  if (failed()) return;
  Failure failure;
  if (holes_ == Holes::kept) failure = io::set_size(file_, bytes, path_);
  if (!failure) failure = io::set_modified(file_, modified_ns, path_);
  if (failure) fail(std::move(failure));
}

void Target::flush() {
  if (failed()) return;
  if (Failure failure = io::flush(file_, path_)) fail(std::move(failure));
}

void Target::reopen_and_flush() {
  if (failed()) return;
  Failure failure = io::open_to_flush(path_, &file_);
  if (!failure) failure = io::flush(file_, path_);
  file_.close();
  if (failure) fail(std::move(failure));
}

bool Target::reaches_medium() const {
  if (!traits_.has_medium) return false;
  io::File file;
  return !io::open_to_flush(path_, &file) && io::drop_server_cache(file);
}

void Target::read_back(const Proof& proof, const Control& control, BlockMemory* memory) {
  if (failed()) return;
  io::Stat stat;
  if (Failure failure = io::open_source(path_, &file_, &stat)) return fail(std::move(failure));
  BlockReader reader(file_, stat, path_, Reading::medium);
  PumpOptions options;
  options.bytes = stat.bytes;
  options.control = &control;
  Pumped pumped = pump(reader, {}, options, memory);
  file_.close();
  if (control.stop) return;
  if (pumped.failure) return fail(std::move(pumped.failure));
  if (stat.bytes != proof.bytes || pumped.bytes != proof.bytes || pumped.hash != proof.hash) return remove();
  result_.matches = true;
  result_.cache_bypassed = reader.cache_bypassed() && proof.reaches_medium;
}

}  // namespace glassine
