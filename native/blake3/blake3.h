// BLAKE3: the tree, the incremental hasher and its extendable output, after the specification (O'Connor,
// Aumasson, Neves, Wilcox-O'Hearn, "BLAKE3: one function, fast everywhere").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel.h"

namespace glassine::blake3 {

using Hash = std::array<uint8_t, kHashBytes>;

/// A complete subtree of 2^level chunks (level 1 to 63) as the chaining values of its halves: only the end of
/// the input tells whether their parent is the root.
struct Subtree {
  std::array<uint8_t, 2 * kHashBytes> halves;
  unsigned level;
};

/// Takes bytes in pieces of any size. Copyable: a copy goes on by itself.
class Hasher {
 public:
  Hasher();
  static Hasher keyed(const uint8_t key[kHashBytes]);
  static Hasher derive_key(std::string_view context);

  /// Another kernel than the machine's best, so that tests can compare them.
  void use(const Kernel& kernel) { kernel_ = &kernel; }

  void update(const void* bytes, size_t size);
  /// The same as update with that many zero bytes.
  void update_zeros(uint64_t size);
  /// Hashes 2^level chunks, the first of them the `first_chunk`-th of the input, for `add`. On any thread, at
  /// any time: this changes nothing here, and depends on nothing that was hashed before.
  [[nodiscard]] Subtree subtree(const void* bytes, unsigned level, uint64_t first_chunk) const;
  /// The same as update with the bytes of the subtree. What came before must be whole subtrees of its size.
  void add(const Subtree& subtree);
  /// How many bytes were hashed.
  [[nodiscard]] uint64_t size() const { return chunks_ * kChunkBytes + buffered(); }
  /// Any number of output bytes; the hasher can go on afterwards.
  void finish(uint8_t* out, size_t size) const;
  [[nodiscard]] Hash finish() const;

 private:
  /// What is compressed last, kept uncompressed: only the end of the input tells whether it is the root.
  struct Output {
    Words cv;
    std::array<uint8_t, kBlockBytes> block;
    uint32_t block_size;
    uint64_t counter;
    uint32_t flags;
  };

  Hasher(const Words& key, uint32_t flags) : key_(key), chunk_cv_(key), flags_(flags) {}

  [[nodiscard]] size_t buffered() const { return blocks_done_ * kBlockBytes + block_size_; }
  size_t fill_chunk(const uint8_t* bytes, size_t size);
  void compress_buffered();
  void close_chunk();
  void join(uint8_t* cvs, size_t count, size_t left) const;
  void hash_halves(const uint8_t* bytes, unsigned level, uint64_t first_chunk,
                   uint8_t halves[2 * kHashBytes]) const;
  void push_chunks(const uint8_t* bytes, size_t count);
  void push(const uint8_t cv[kHashBytes], unsigned level);
  void merge();
  [[nodiscard]] Output chunk_output() const;
  [[nodiscard]] Output root_output() const;
  void chain(const Output& output, uint8_t cv[kHashBytes]) const;

  /// 2^64 bytes in chunks of 2^10, and one that is not joined yet.
  static constexpr size_t kMostLevels = 55;

  const Kernel* kernel_ = &best_kernel();
  Words key_;
  Words chunk_cv_;
  uint32_t flags_;
  uint32_t blocks_done_ = 0;
  uint32_t block_size_ = 0;
  uint32_t levels_ = 0;
  uint64_t chunks_ = 0;
  std::array<uint8_t, kBlockBytes> block_{};
  /// The complete subtrees, largest first: one chaining value for each set bit of chunks_, and those that
  /// are joined before the next comes.
  std::array<uint8_t, kMostLevels * kHashBytes> stack_;
};

/// The hash of bytes in memory; the fastest way for those of a chunk or less.
Hash hash(const void* bytes, size_t size);

}  // namespace glassine::blake3
