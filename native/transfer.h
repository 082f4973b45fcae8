// Copying with proof: each source is read once, for every target at the same time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "blake3/blake3.h"
#include "blocks.h"
#include "control.h"
#include "file_io.h"
#include "sha512.h"
#include "target.h"

namespace glassine {

struct TransferItem {
  std::string source;
  std::vector<std::string> targets;
  /// About how large the source is; it decides what the item is done together with, and nothing else. Below
  /// 0: not known, then it is asked.
  int64_t expected_bytes = -1;
};

struct TransferOptions {
  bool read_back = true;
  Reading reading = Reading::cheapest;
  /// In the same pass, for receipts that other programs read.
  bool xxh64 = false;
  bool sha512 = false;
  /// Of all sources together; 0: as fast as it goes.
  uint64_t bytes_per_second = 0;
};

struct TransferResult {
  /// Of the source: nothing was kept.
  Failure failure;
  bool changed = false;
  uint64_t bytes = 0;
  int64_t modified_ns = 0;
  uint32_t mode = 0;
  /// Valid when `hashed`: reading stops when every target has failed.
  blake3::Hash b3{};
  bool hashed = false;
  /// Valid when `hashed` and asked for.
  uint64_t xxh64 = 0;
  Sha512::Hash sha512{};
  std::vector<io::Attribute> attributes;
  bool cache_bypassed = false;
  std::vector<TargetResult> targets;
};

/// Does all items, small ones several at a time; the results are in the order of the items. False when it was
/// stopped: then no target is left.
bool transfer(const std::vector<TransferItem>& items, const TransferOptions& options, Control& control,
              std::vector<TransferResult>* results);

}  // namespace glassine
