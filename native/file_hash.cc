// Blocks of a file, claimed, read and hashed by whichever thread is free, and joined in their order.
#include "file_hash.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <utility>

namespace glassine {

namespace {

/// Chunks of a block: 2^10.
constexpr unsigned kLevel = 10;
constexpr uint64_t kBytes = blake3::kChunkBytes << kLevel;
/// Below this, waking other threads takes longer than they save.
constexpr uint64_t kShared = 4 * kBytes;
/// Blocks that may be hashed before the one in front of them is.
constexpr uint64_t kMostAhead = 4096;

}  // namespace

class FileHasher::Work {
 public:
  Work(const io::File& file, uint64_t size, const std::string& path, Control& control)
      : file_(file), path_(path), control_(control), blocks_(size / kBytes), size_(size) {}

  /// Whole blocks, until none is left.
  void take_blocks(uint8_t* buffer);
  HashedFile finish(uint8_t* buffer);

 private:
  bool claim(uint64_t* block);
  bool read(uint8_t* buffer, uint64_t offset, uint64_t size);
  void end();
  void add(uint64_t block, const blake3::Subtree& subtree);

  const io::File& file_;
  const std::string& path_;
  Control& control_;
  const uint64_t blocks_;
  const uint64_t size_;
  const blake3::Hasher empty_;

  std::mutex mutex_;
  std::condition_variable changed_;
  blake3::Hasher hasher_;
  Failure failure_;
  bool ended_ = false;
  uint64_t claimed_ = 0;
  uint64_t added_ = 0;
  std::map<uint64_t, blake3::Subtree> waiting_;
};

bool FileHasher::Work::claim(uint64_t* block) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || claimed_ - added_ < kMostAhead; });
  if (ended_ || claimed_ == blocks_) return false;
  *block = claimed_++;
  return true;
}

void FileHasher::Work::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

/// False where there is not that much to read, and at a failure.
bool FileHasher::Work::read(uint8_t* buffer, uint64_t offset, uint64_t size) {
  size_t got = 0;
  Failure failure = io::read_at(file_, buffer, static_cast<size_t>(size), offset, path_, &got);
  if (!failure && got == size) {
    control_.bytes += got;
    control_.on_progress();
    return true;
  }
  end();
  const std::lock_guard lock(mutex_);
  if (failure && !failure_) failure_ = std::move(failure);
  return false;
}

void FileHasher::Work::add(uint64_t block, const blake3::Subtree& subtree) {
  const std::lock_guard lock(mutex_);
  waiting_.emplace(block, subtree);
  for (auto next = waiting_.find(added_); next != waiting_.end(); next = waiting_.find(added_)) {
    hasher_.add(next->second);
    waiting_.erase(next);
    ++added_;
  }
  changed_.notify_all();
}

void FileHasher::Work::take_blocks(uint8_t* buffer) {
  try {
    uint64_t block = 0;
    while (claim(&block)) {
      if (control_.stop) return end();
      if (!read(buffer, block * kBytes, kBytes)) return;
      add(block, empty_.subtree(buffer, kLevel, block << kLevel));
    }
  } catch (...) {
    // Nobody may wait for the block that was claimed.
    end();
    throw;
  }
}

HashedFile FileHasher::Work::finish(uint8_t* buffer) {
  const uint64_t rest = size_ - blocks_ * kBytes;
  if (rest > 0 && !ended_ && !control_.stop && read(buffer, blocks_ * kBytes, rest)) {
    hasher_.update(buffer, static_cast<size_t>(rest));
  }
  return {std::move(failure_), hasher_.size(), hasher_.finish()};
}

FileHasher::FileHasher(unsigned threads) : pool_(threads) {
  static_assert(sizeof(Block) == kBytes);
  // Not cleared: their pages come with their first use.
  for (size_t i = 0; i < pool_.count(); ++i) buffers_.emplace_back(new Block);
}

HashedFile FileHasher::hash(const io::File& file, uint64_t size, const std::string& path, Control& control) {
  Work work(file, size, path, control);
  uint8_t* own = buffers_.front()->bytes;
  if (size < kShared) {
    work.take_blocks(own);
  } else {
    std::atomic<size_t> next{0};
    pool_.run([&] { work.take_blocks(buffers_[next++]->bytes); });
  }
  return work.finish(own);
}

}  // namespace glassine
