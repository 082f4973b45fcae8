// SHA-512 after FIPS 180-4: what the identifiers named C4 (SMPTE ST 2114) are made of, which receipts carry.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace glassine {

/// Takes bytes in pieces of any size. Copyable: a copy goes on by itself.
class Sha512 {
 public:
  using Hash = std::array<uint8_t, 64>;

  void update(const void* bytes, size_t size);
  /// The hasher can go on afterwards.
  [[nodiscard]] Hash digest() const;

 private:
  static constexpr size_t kBlockBytes = 128;

  void take_blocks(const uint8_t* bytes, size_t count);

  uint64_t state_[8] = {
      0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
      0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
  };
  uint64_t size_ = 0;
  /// The end of the input, where it is no whole block: the first `size_ % kBlockBytes` bytes.
  uint8_t rest_[kBlockBytes];
};

}  // namespace glassine
