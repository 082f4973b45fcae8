// Reading a file to its end: every block is hashed, and handed to everybody who wants it. For a large file
// each of them works on a thread of its own, so that several drives are written at the pace of the slowest,
// not one after another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "blake3/blake3.h"
#include "blocks.h"
#include "control.h"
#include "failure.h"

namespace glassine {

/// Gets every block in order, with its bytes unless it is a hole. False: wants no more.
using Taker = std::function<bool(const Block& block, const uint8_t* bytes)>;

/// Gets all bytes in order, those of holes too.
using Digest = std::function<void(const uint8_t* bytes, size_t size)>;

struct Pumped {
  /// Of the reading.
  Failure failure;
  /// Less than the file's size when it ended early, when nobody wanted more, or when it was stopped.
  uint64_t bytes = 0;
  /// Of everything read, unless nobody wanted more or it was stopped.
  blake3::Hash hash{};
};

struct PumpOptions {
  uint64_t bytes = 0;
  /// Get everything that is read.
  std::vector<Digest> digests;
  const Control* control = nullptr;
  /// On the caller's thread, after each block was read.
  std::function<void(uint64_t bytes)> on_block;
};

/// Blocks between the one that reads and those that take.
constexpr size_t kRingBlocks = 4;

/// Memory for blocks, kept from one file to the next.
class BlockMemory {
 public:
  /// Of one block, for files smaller than that: what they do not use of it is never there.
  uint8_t* block();
  /// Of kRingBlocks blocks, for all others: on large pages where the system has them.
  uint8_t* ring();

 private:
  Buffer block_;
  Buffer ring_;
};

/// Reads until the end; until told to stop; or, where there are takers, until none of them wants more.
Pumped pump(BlockReader& reader, const std::vector<Taker>& takers, const PumpOptions& options,
            BlockMemory* memory);

}  // namespace glassine
