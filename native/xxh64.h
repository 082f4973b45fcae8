// XXH64, the checksum that receipts of other programs carry, after its specification (Collet, "xxHash fast
// digest algorithm", 0.2.0): quick, and no proof against anybody who means harm.
#pragma once

#include <cstddef>
#include <cstdint>

namespace glassine {

/// Takes bytes in pieces of any size. Copyable: a copy goes on by itself.
class Xxh64 {
 public:
  explicit Xxh64(uint64_t seed = 0);

  void update(const void* bytes, size_t size);
  /// Written as 16 hex digits, the largest first. The hasher can go on afterwards.
  [[nodiscard]] uint64_t digest() const;

 private:
  static constexpr size_t kStripeBytes = 32;

  void take_stripes(const uint8_t* bytes, size_t count);

  uint64_t seed_;
  uint64_t lanes_[4];
  uint64_t size_ = 0;
  /// The end of the input, where it is no whole stripe: the first `size_ % kStripeBytes` bytes.
  uint8_t rest_[kStripeBytes];
};

}  // namespace glassine
