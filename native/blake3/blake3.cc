// The tree of BLAKE3: chunks are hashed many at a time, their chaining values joined two by two.
#include "blake3.h"

#include <algorithm>
#include <cstring>

namespace glassine::blake3 {

namespace {

/// Chunks whose chaining values are gathered before they are joined: enough that joining fills the lanes,
/// too.
constexpr size_t kGroup = 256;

inline void words_to_bytes(const uint32_t* words, size_t count, uint8_t* bytes) {
  for (size_t i = 0; i < count; ++i) {
    for (unsigned b = 0; b < 4; ++b) bytes[4 * i + b] = static_cast<uint8_t>(words[i] >> (8U * b));
  }
}

inline Words bytes_to_words(const uint8_t* bytes) {
  Words words{};
  for (size_t i = 0; i < words.size(); ++i) {
    for (unsigned b = 0; b < 4; ++b) words[i] |= static_cast<uint32_t>(bytes[4 * i + b]) << (8U * b);
  }
  return words;
}

inline Words initial_words() {
  Words words{};
  std::copy(std::begin(kInitialWords), std::end(kInitialWords), words.begin());
  return words;
}

}  // namespace

Hasher::Hasher() : Hasher(initial_words(), 0) {}

Hasher Hasher::keyed(const uint8_t key[kHashBytes]) { return {bytes_to_words(key), kKeyedHash}; }

Hasher Hasher::derive_key(std::string_view context) {
  Hasher of_context(initial_words(), kDeriveKeyContext);
  of_context.update(context.data(), context.size());
  return {bytes_to_words(of_context.finish().data()), kDeriveKeyMaterial};
}

void Hasher::compress_buffered() {
  kernel_->compress_blocks(chunk_cv_.data(), block_.data(), 1, chunks_, flags_,
                           blocks_done_ == 0 ? kChunkStart : 0U);
  ++blocks_done_;
  block_size_ = 0;
}

/// Feeds the chunk that is under way; returns how many bytes it took. Its last block stays buffered.
size_t Hasher::fill_chunk(const uint8_t* bytes, size_t size) {
  const size_t take = std::min(kChunkBytes - buffered(), size);
  size_t at = 0;
  while (at < take) {
    if (block_size_ == kBlockBytes) compress_buffered();
    if (block_size_ == 0 && take - at > kBlockBytes) {
      const size_t whole = (take - at - 1) / kBlockBytes;
      kernel_->compress_blocks(chunk_cv_.data(), bytes + at, whole, chunks_, flags_,
                               blocks_done_ == 0 ? kChunkStart : 0U);
      blocks_done_ += static_cast<uint32_t>(whole);
      at += whole * kBlockBytes;
    }
    const size_t part = std::min(kBlockBytes - block_size_, take - at);
    std::memcpy(block_.data() + block_size_, bytes + at, part);
    block_size_ += static_cast<uint32_t>(part);
    at += part;
  }
  return take;
}

/// The chunk under way is full, and not the last.
void Hasher::close_chunk() {
  uint8_t cv[kHashBytes];
  chain(chunk_output(), cv);
  chunk_cv_ = key_;
  blocks_done_ = block_size_ = 0;
  push(cv, 0);
}

/// Joins complete subtrees of the same size. More input must be known to follow: none of them is the root.
void Hasher::merge() {
  size_t complete = 0;
  for (uint64_t bits = chunks_; bits != 0; bits &= bits - 1) ++complete;
  for (; levels_ > complete; --levels_) {
    uint8_t* pair = stack_.data() + (levels_ - 2) * kHashBytes;
    kernel_->hash_parents(pair, 1, key_.data(), flags_, pair);
  }
}

/// Adds the chaining value of a complete subtree of 2^level chunks.
void Hasher::push(const uint8_t cv[kHashBytes], unsigned level) {
  merge();
  std::memcpy(stack_.data() + levels_ * kHashBytes, cv, kHashBytes);
  ++levels_;
  chunks_ += uint64_t{1} << level;
}

/// Joins neighbours until `left` chaining values are left of `count`, in place.
void Hasher::join(uint8_t* cvs, size_t count, size_t left) const {
  for (; count > left; count /= 2) kernel_->hash_parents(cvs, count / 2, key_.data(), flags_, cvs);
}

void Hasher::push_chunks(const uint8_t* bytes, size_t count) {
  std::array<uint8_t, kGroup * kHashBytes> cvs;
  kernel_->hash_chunks(bytes, count, key_.data(), chunks_, flags_, cvs.data());
  uint8_t* at = cvs.data();
  while (count > 0) {
    // The largest complete subtree that begins here; its two halves, as it may be the whole tree.
    unsigned level = 0;
    while ((size_t{2} << level) <= count && (chunks_ >> level & 1U) == 0) ++level;
    join(at, size_t{1} << level, 2);
    if (level == 0) {
      push(at, 0);
    } else {
      push(at, level - 1);
      push(at + kHashBytes, level - 1);
    }
    at += kHashBytes << level;
    count -= size_t{1} << level;
  }
}

void Hasher::update(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  if (buffered() > 0) {
    const size_t taken = fill_chunk(bytes, size);
    bytes += taken;
    size -= taken;
    if (size == 0) return;
    close_chunk();
  }
  // A chunk that may be the only one is held back: it would be the root.
  while (size > kChunkBytes || (size == kChunkBytes && chunks_ > 0)) {
    const size_t count = std::min(size / kChunkBytes, kGroup);
    push_chunks(bytes, count);
    bytes += count * kChunkBytes;
    size -= count * kChunkBytes;
  }
  if (size == 0) return;
  merge();
  fill_chunk(bytes, size);
}

/// The chaining values of the halves of a complete subtree.
void Hasher::hash_halves(const uint8_t* bytes, unsigned level, uint64_t first_chunk,
                         uint8_t halves[2 * kHashBytes]) const {
  const size_t count = size_t{1} << level;
  if (count <= kGroup) {
    std::array<uint8_t, kGroup * kHashBytes> cvs;
    kernel_->hash_chunks(bytes, count, key_.data(), first_chunk, flags_, cvs.data());
    join(cvs.data(), count, 2);
    std::memcpy(halves, cvs.data(), 2 * kHashBytes);
    return;
  }
  for (size_t i = 0; i < 2; ++i) {
    uint8_t quarters[2 * kHashBytes];
    hash_halves(bytes + i * count / 2 * kChunkBytes, level - 1, first_chunk + i * count / 2, quarters);
    kernel_->hash_parents(quarters, 1, key_.data(), flags_, halves + i * kHashBytes);
  }
}

Subtree Hasher::subtree(const void* bytes, unsigned level, uint64_t first_chunk) const {
  Subtree subtree{{}, level};
  hash_halves(static_cast<const uint8_t*>(bytes), level, first_chunk, subtree.halves.data());
  return subtree;
}

void Hasher::add(const Subtree& subtree) {
  if (buffered() > 0) close_chunk();
  push(subtree.halves.data(), subtree.level - 1);
  push(subtree.halves.data() + kHashBytes, subtree.level - 1);
}

void Hasher::update_zeros(uint64_t size) {
  // Not const: so it takes no room in the addon's file, and none in memory while nobody reads it.
  static std::array<uint8_t, kGroup * kChunkBytes> zeros;
  while (size > 0) {
    const size_t part = static_cast<size_t>(std::min<uint64_t>(size, zeros.size()));
    update(zeros.data(), part);
    size -= part;
  }
}

Hasher::Output Hasher::chunk_output() const {
  Output output{chunk_cv_, block_, block_size_, chunks_, flags_ | kChunkEnd};
  if (blocks_done_ == 0) output.flags |= kChunkStart;
  std::memset(output.block.data() + block_size_, 0, kBlockBytes - block_size_);
  return output;
}

void Hasher::chain(const Output& output, uint8_t cv[kHashBytes]) const {
  uint32_t words[16];
  kernel_->compress(output.cv.data(), output.block.data(), output.block_size, output.counter, output.flags,
                    words);
  words_to_bytes(words, 8, cv);
}

Hasher::Output Hasher::root_output() const {
  size_t level = levels_;
  Output output;
  if (buffered() > 0 || level == 0) {
    output = chunk_output();
  } else {
    level -= 2;
    output = {key_, {}, kBlockBytes, 0, flags_ | kParent};
    std::memcpy(output.block.data(), stack_.data() + level * kHashBytes, kBlockBytes);
  }
  for (; level > 0; --level) {
    Output parent{key_, {}, kBlockBytes, 0, flags_ | kParent};
    std::memcpy(parent.block.data(), stack_.data() + (level - 1) * kHashBytes, kHashBytes);
    chain(output, parent.block.data() + kHashBytes);
    output = parent;
  }
  return output;
}

void Hasher::finish(uint8_t* out, size_t size) const {
  const Output root = root_output();
  for (uint64_t counter = 0; size > 0; ++counter) {
    uint32_t words[16];
    uint8_t bytes[kBlockBytes];
    kernel_->compress(root.cv.data(), root.block.data(), root.block_size, counter, root.flags | kRoot, words);
    words_to_bytes(words, 16, bytes);
    const size_t part = std::min(size, kBlockBytes);
    std::memcpy(out, bytes, part);
    out += part;
    size -= part;
  }
}

Hash Hasher::finish() const {
  Hash hash;
  finish(hash.data(), hash.size());
  return hash;
}

Hash hash(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  if (size > kChunkBytes) {
    Hasher hasher;
    hasher.update(bytes, size);
    return hasher.finish();
  }
  // The only chunk is the root.
  const Kernel& kernel = best_kernel();
  Words cv = initial_words();
  const size_t whole = size == 0 ? 0 : (size - 1) / kBlockBytes;
  kernel.compress_blocks(cv.data(), bytes, whole, 0, 0, kChunkStart);
  const size_t rest = size - whole * kBlockBytes;
  std::array<uint8_t, kBlockBytes> last{};
  if (rest > 0) std::memcpy(last.data(), bytes + whole * kBlockBytes, rest);
  const uint32_t flags = kChunkEnd | kRoot | (whole == 0 ? kChunkStart : 0U);
  uint32_t words[16];
  kernel.compress(cv.data(), last.data(), static_cast<uint32_t>(rest), 0, flags, words);
  Hash hash;
  words_to_bytes(words, 8, hash.data());
  return hash;
}

}  // namespace glassine::blake3
