// The portable functions that vector kernels fall back on for what does not fill their lanes.
#pragma once

#include "kernel.h"

namespace glassine::blake3 {

void compress_portable(const uint32_t cv[8], const uint8_t block[kBlockBytes], uint32_t block_size,
                       uint64_t counter, uint32_t flags, uint32_t out[16]);
void compress_blocks_portable(uint32_t cv[8], const uint8_t* blocks, size_t count, uint64_t counter,
                              uint32_t flags, uint32_t first_flags);
void hash_chunks_portable(const uint8_t* chunks, size_t count, const uint32_t key[8], uint64_t counter,
                          uint32_t flags, uint8_t* cvs);
void hash_parents_portable(const uint8_t* children, size_t count, const uint32_t key[8], uint32_t flags,
                           uint8_t* cvs);

}  // namespace glassine::blake3
