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

}  // namespace

Words Hasher::initial() {
  Words words{};
  std::copy(std::begin(kInitialWords), std::end(kInitialWords), words.begin());
  return words;
}

Hasher Hasher::keyed(const uint8_t key[kHashBytes]) { return {bytes_to_words(key), kKeyedHash}; }

Hasher Hasher::derive_key(std::string_view context) {
  Hasher of_context(initial(), kDeriveKeyContext);
  of_context.update(context.data(), context.size());
  return {bytes_to_words(of_context.finish().data()), kDeriveKeyMaterial};
}

void Hasher::compress_buffered(uint32_t more_flags) {
  kernel_->compress_blocks(chunk_cv_.data(), block_.data(), 1, chunks_, flags_ | more_flags,
                           blocks_done_ == 0 ? kChunkStart : 0U);
  ++blocks_done_;
  block_size_ = 0;
}

/// Feeds the chunk that is under way; returns how many bytes it took. Its last block stays buffered.
size_t Hasher::fill_chunk(const uint8_t* bytes, size_t size) {
  const size_t room = kChunkBytes - (blocks_done_ * kBlockBytes + block_size_);
  const size_t take = std::min(room, size);
  size_t at = 0;
  while (at < take) {
    if (block_size_ == kBlockBytes) compress_buffered(0);
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

/// Adds the chaining value of a complete subtree of 2^level chunks. More input must be known to follow.
void Hasher::push(const uint8_t cv[kHashBytes], unsigned level) {
  std::memcpy(stack_.data() + levels_ * kHashBytes, cv, kHashBytes);
  ++levels_;
  chunks_ += uint64_t{1} << level;
  for (uint64_t joined = chunks_ >> level; (joined & 1U) == 0; joined >>= 1U) {
    uint8_t* pair = stack_.data() + (levels_ - 2) * kHashBytes;
    kernel_->hash_parents(pair, 1, key_.data(), flags_, pair);
    --levels_;
  }
}

void Hasher::push_chunks(const uint8_t* bytes, size_t count) {
  std::array<uint8_t, kGroup * kHashBytes> cvs;
  kernel_->hash_chunks(bytes, count, key_.data(), chunks_, flags_, cvs.data());
  uint8_t* at = cvs.data();
  while (count > 0) {
    // The largest complete subtree that begins here.
    unsigned level = 0;
    while ((size_t{2} << level) <= count && (chunks_ >> level & 1U) == 0) ++level;
    for (size_t left = size_t{1} << level; left > 1; left /= 2) {
      kernel_->hash_parents(at, left / 2, key_.data(), flags_, at);
    }
    push(at, level);
    at += kHashBytes << level;
    count -= size_t{1} << level;
  }
}

void Hasher::update(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  if (blocks_done_ + block_size_ > 0) {
    const size_t taken = fill_chunk(bytes, size);
    bytes += taken;
    size -= taken;
    if (size == 0) return;
    uint8_t cv[kHashBytes];
    chain(chunk_output(), cv);
    chunk_cv_ = key_;
    blocks_done_ = block_size_ = 0;
    push(cv, 0);
  }
  // The last chunk is always held back: it may turn out to be the root, or the end of it.
  while (size > kChunkBytes) {
    const size_t count = std::min((size - 1) / kChunkBytes, kGroup);
    push_chunks(bytes, count);
    bytes += count * kChunkBytes;
    size -= count * kChunkBytes;
  }
  fill_chunk(bytes, size);
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
  Output output = chunk_output();
  for (size_t level = levels_; level > 0; --level) {
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

Hash hash(const void* bytes, size_t size) {
  Hasher hasher;
  hasher.update(bytes, size);
  return hasher.finish();
}

}  // namespace glassine::blake3
