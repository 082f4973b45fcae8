// The ring of blocks between the one that reads and those that take.
#include "pump.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace glassine {

namespace {

/// From here on threads are worth their beginning and end.
constexpr uint64_t kLarge = 4 * kBlockBytes;
/// Of Linux on processors with pages of 4 KiB; of no consequence elsewhere.
constexpr size_t kLargePage = size_t{2} << 20U;
constexpr size_t kRingBytes = kRingBlocks * kBlockBytes;
static_assert(kRingBytes % kLargePage == 0, "nothing of a large page is wasted");

void add_to(blake3::Hasher* hasher, const Block& block, const uint8_t* bytes) {
  if (block.hole) {
    hasher->update_zeros(block.size);
  } else {
    hasher->update(bytes, static_cast<size_t>(block.size));
  }
}

void add_to(const Digest& digest, const Block& block, const uint8_t* bytes) {
  static const uint8_t zeros[size_t{1} << 16U] = {};
  if (!block.hole) return digest(bytes, static_cast<size_t>(block.size));
  for (uint64_t left = block.size; left > 0;) {
    const size_t part = static_cast<size_t>(std::min<uint64_t>(left, sizeof zeros));
    digest(zeros, part);
    left -= part;
  }
}

/// Blocks on their way: the reader is ahead of the slowest taker by as many as there are buffers, at most.
class Ring {
 public:
  Ring(size_t takers, BlockMemory* memory) : memory_(memory->ring()), at_(takers, 0), in_(takers, true) {}

  /// Where the next block may be read to, once every taker is done with what is there.
  uint8_t* room() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return given_ - slowest() < kRingBlocks; });
    return bytes_of(given_ % kRingBlocks);
  }

  void give(const Block& block) {
    const std::lock_guard lock(mutex_);
    blocks_[given_ % kRingBlocks] = block;
    ++given_;
    changed_.notify_all();
  }

  /// No more will come. Unless `whole`, what was given and not taken yet is not wanted any more either.
  void end(bool whole) {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    whole_ = whole;
    changed_.notify_all();
  }

  /// Hands every block to a taker until the end, or until it wants no more.
  void serve(size_t taker, const Taker& take) {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return at_[taker] < given_ || ended_; });
      if (at_[taker] == given_ || (ended_ && !whole_)) return;
      const size_t slot = at_[taker] % kRingBlocks;
      const Block block = blocks_[slot];
      lock.unlock();
      const bool more = take(block, bytes_of(slot));
      lock.lock();
      ++at_[taker];
      in_[taker] = more;
      changed_.notify_all();
      if (!more) return;
    }
  }

  /// Whether any taker from the `first` on still wants more.
  bool is_wanted(size_t first) {
    const std::lock_guard lock(mutex_);
    return std::any_of(in_.begin() + static_cast<std::ptrdiff_t>(first), in_.end(),
                       [](bool in) { return in; });
  }

 private:
  [[nodiscard]] uint64_t slowest() const {
    uint64_t least = given_;
    for (size_t i = 0; i < at_.size(); ++i) {
      if (in_[i]) least = std::min(least, at_[i]);
    }
    return least;
  }

  [[nodiscard]] uint8_t* bytes_of(size_t slot) const { return memory_ + slot * kBlockBytes; }

  uint8_t* memory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Block blocks_[kRingBlocks];
  uint64_t given_ = 0;
  std::vector<uint64_t> at_;
  std::vector<bool> in_;
  bool ended_ = false;
  bool whole_ = false;
};

/// Threads that are joined whatever happens to whoever began them.
class Crew {
 public:
  explicit Crew(Ring& ring) : ring_(ring) {}
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew() { finish(false); }

  void add(size_t taker, const Taker& take) {
    threads_.emplace_back([this, taker, &take] { ring_.serve(taker, take); });
  }

  void finish(bool whole) {
    ring_.end(whole);
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  Ring& ring_;
  std::vector<std::thread> threads_;
};

Pumped pump_alone(BlockReader& reader, const std::vector<Taker>& takers, const PumpOptions& options,
                  BlockMemory* memory) {
  uint8_t* buffer = options.bytes < kBlockBytes ? memory->block() : memory->ring();
  blake3::Hasher hasher;
  Pumped pumped;
  std::vector<bool> in(takers.size(), true);
  while (!options.control->stop) {
    Block block;
    pumped.failure = reader.next(buffer, &block);
    if (pumped.failure || block.size == 0) break;
    add_to(&hasher, block, buffer);
    for (const Digest& digest : options.digests) add_to(digest, block, buffer);
    for (size_t i = 0; i < takers.size(); ++i) in[i] = in[i] && takers[i](block, buffer);
    pumped.bytes += block.size;
    if (options.on_block) options.on_block(block.size);
    if (!takers.empty() && std::none_of(in.begin(), in.end(), [](bool each) { return each; })) break;
  }
  pumped.hash = hasher.finish();
  return pumped;
}

Pumped pump_together(BlockReader& reader, const std::vector<Taker>& takers, const PumpOptions& options,
                     BlockMemory* memory) {
  blake3::Hasher hasher;
  const Taker hash = [&](const Block& block, const uint8_t* bytes) {
    add_to(&hasher, block, bytes);
    return true;
  };
  // Those who hash come first: they take everything, and are not asked whether they want more.
  std::vector<Taker> hashing = {hash};
  for (const Digest& digest : options.digests) {
    hashing.emplace_back([&digest](const Block& block, const uint8_t* bytes) {
      add_to(digest, block, bytes);
      return true;
    });
  }
  const size_t hashers = hashing.size();
  Ring ring(takers.size() + hashers, memory);
  Crew crew(ring);
  for (size_t i = 0; i < hashers; ++i) crew.add(i, hashing[i]);
  for (size_t i = 0; i < takers.size(); ++i) crew.add(i + hashers, takers[i]);
  Pumped pumped;
  bool wanted = true;
  while (!options.control->stop && wanted) {
    uint8_t* buffer = ring.room();
    Block block;
    pumped.failure = reader.next(buffer, &block);
    if (pumped.failure || block.size == 0) break;
    ring.give(block);
    pumped.bytes += block.size;
    if (options.on_block) options.on_block(block.size);
    wanted = takers.empty() || ring.is_wanted(hashers);
  }
  crew.finish(wanted && !options.control->stop && !pumped.failure);
  pumped.hash = hasher.finish();
  return pumped;
}

}  // namespace

uint8_t* BlockMemory::block() {
  if (!block_) block_ = aligned_buffer(kBlockBytes);
  return block_.get();
}

uint8_t* BlockMemory::ring() {
  if (!ring_) {
    ring_ = aligned_buffer(kRingBytes, kLargePage);
    io::use_large_pages(ring_.get(), kRingBytes);
  }
  return ring_.get();
}

Pumped pump(BlockReader& reader, const std::vector<Taker>& takers, const PumpOptions& options,
            BlockMemory* memory) {
  return options.bytes < kLarge ? pump_alone(reader, takers, options, memory)
                                : pump_together(reader, takers, options, memory);
}

}  // namespace glassine
