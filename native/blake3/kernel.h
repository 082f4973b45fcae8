// What every instruction set provides for BLAKE3, and how the best one for this machine is found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace glassine::blake3 {

constexpr size_t kBlockBytes = 64;
constexpr size_t kChunkBytes = 1024;
constexpr size_t kHashBytes = 32;

using Words = std::array<uint32_t, 8>;

constexpr uint32_t kInitialWords[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                       0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};

enum Flag : uint32_t {
  kChunkStart = 1U << 0U,
  kChunkEnd = 1U << 1U,
  kParent = 1U << 2U,
  kRoot = 1U << 3U,
  kKeyedHash = 1U << 4U,
  kDeriveKeyContext = 1U << 5U,
  kDeriveKeyMaterial = 1U << 6U,
};

/// The message words of each of the seven rounds: the permutation of the specification, applied 0 to 6 times.
constexpr uint8_t kSchedule[7][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
    {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1},
    {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
    {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4},
    {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
    {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13},
};

/// One instruction set's way of compressing. Words are little-endian in memory.
struct Kernel {
  const char* name;
  /// How many chunks are hashed for the price of one.
  size_t lanes;
  /// One compression; `out` takes all sixteen words of output, the first eight being the next chaining value.
  void (*compress)(const uint32_t cv[8], const uint8_t block[kBlockBytes], uint32_t block_size,
                   uint64_t counter, uint32_t flags, uint32_t out[16]);
  /// Some blocks of one chunk, one after another; `cv` is replaced. `first_flags` belong to the first block
  /// alone.
  void (*compress_blocks)(uint32_t cv[8], const uint8_t* blocks, size_t count, uint64_t counter,
                          uint32_t flags, uint32_t first_flags);
  /// The chaining values of `count` whole chunks that lie one after another.
  void (*hash_chunks)(const uint8_t* chunks, size_t count, const uint32_t key[8], uint64_t counter,
                      uint32_t flags, uint8_t* cvs);
  /// The chaining values of `count` parents from `2 * count` children; `cvs` may be where the children are.
  void (*hash_parents)(const uint8_t* children, size_t count, const uint32_t key[8], uint32_t flags,
                       uint8_t* cvs);
};

extern const Kernel kPortableKernel;
#if defined(__x86_64__) || defined(_M_X64)
extern const Kernel kSse41Kernel;
extern const Kernel kAvx2Kernel;
extern const Kernel kAvx512Kernel;
#elif defined(__aarch64__) || defined(_M_ARM64)
extern const Kernel kNeonKernel;
#endif

/// The kernels that this machine can run, best first; the portable one is always the last.
const std::vector<const Kernel*>& kernels();
const Kernel& best_kernel();

}  // namespace glassine::blake3
