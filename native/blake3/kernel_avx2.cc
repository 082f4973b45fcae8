// BLAKE3's kernel for AVX2: 8 chunks at a time.
#include "kernel.h"

#if defined(__x86_64__) || defined(_M_X64)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC target("avx2")
// As written, on every build: GCC would add the message word last and undo the order of the steps.
#pragma GCC optimize("O3", "no-tree-reassoc", "no-schedule-insns2")
#endif

#define GLASSINE_LANES 8

#include "x86.h"

namespace glassine::blake3 {

const Kernel kAvx2Kernel = {"avx2", 8, compress_x86, compress_blocks_x86, hash_chunks_x86, hash_parents_x86};

}  // namespace glassine::blake3

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
