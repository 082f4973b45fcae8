// Copying one item: read once, hashed, written to every target. Any number of threads, one item each.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "file_hash.h"
#include "pace.h"
#include "pump.h"
#include "target.h"
#include "transfer.h"
#include "volumes.h"
#include "xxh64.h"

namespace glassine {

using Targets = std::vector<Target>;

/// A target whose content is complete, and what it must be.
struct Written {
  Target* target;
  const TransferResult* result;
};
using WrittenList = std::vector<Written>;

class Copier {
 public:
  Copier(const TransferOptions& options, Control& control, Volumes& volumes)
      : options_(options), control_(control), volumes_(volumes) {}

  /// The targets that are complete, open and not flushed yet. Of the others nothing is left.
  WrittenList copy(const TransferItem& item, Targets* targets, TransferResult* result, BlockMemory* memory);

 private:
  void open(Targets* targets, const io::Stat& before);
  bool read(BlockReader& reader, Targets* targets, TransferResult* result, BlockMemory* memory);
  bool hash_cached(const io::File& source, const std::string& path, TransferResult* result);
  void check_unchanged(const std::string& path, const io::File& source, const io::Stat& before,
                       TransferResult* result);
  bool reaches_medium(const io::File& source, const io::Stat& stat);
  WrittenList complete(Targets* targets, const TransferResult& result, bool kept);

  const TransferOptions& options_;
  Control& control_;
  Volumes& volumes_;
  Pace pace_{options_.bytes_per_second};
  std::mutex hashing_;
  std::unique_ptr<FileHasher> file_hasher_;
};

}  // namespace glassine
