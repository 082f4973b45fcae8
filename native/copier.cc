// One item on its way from its source to its targets.
#include "copier.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace glassine {

namespace {

bool every_target_failed(const Targets& targets) {
  return !targets.empty() &&
         std::all_of(targets.begin(), targets.end(), [](const Target& target) { return target.failed(); });
}

}  // namespace

WrittenList Copier::copy(const TransferItem& item, Targets* targets, TransferResult* result,
                         BlockMemory* memory) {
  io::File source;
  io::Stat before;
  result->failure = io::open_source(item.source, &source, &before);
  if (result->failure) return {};
  result->bytes = before.bytes;
  result->modified_ns = before.modified_ns;
  result->mode = before.mode;
  open(targets, before);
  bool whole = false;
  if (!every_target_failed(*targets)) {
    // Before anything is read.
    const bool proves = reaches_medium(source, before);
    BlockReader reader(source, before, item.source, options_.reading);
    const bool only_b3 =
        targets->empty() && !options_.xxh64 && !options_.sha512 && options_.bytes_per_second == 0;
    const bool at_once = only_b3 && reader.is_cached();
    whole = at_once ? hash_cached(source, item.source, result) : read(reader, targets, result, memory);
    result->cache_bypassed = reader.cache_bypassed() && proves;
    if (whole) check_unchanged(item.source, source, before, result);
    whole = whole && !result->failure && !result->changed;
    if (whole) result->attributes = io::read_attributes(source);
  }
  return complete(targets, *result, whole);
}

void Copier::open(Targets* targets, const io::Stat& before) {
  for (Target& target : *targets) {
    target.open(before, volumes_);
    if (!target.failed() && target.traits().flushes_whole) volumes_.anchor(target.traits(), target.path());
  }
}

/// Reads, hashes and writes everything; false when the item is given up, with the reason in `result` if any.
bool Copier::read(BlockReader& reader, Targets* targets, TransferResult* result, BlockMemory* memory) {
  std::vector<Taker> takers;
  for (Target& target : *targets) {
    if (target.failed()) continue;
    takers.emplace_back([&target](const Block& block, const uint8_t* bytes) {
      if (block.hole) {
        target.write_hole(block.size, block.offset);
      } else {
        target.write(bytes, static_cast<size_t>(block.size), block.offset);
      }
      return !target.failed();
    });
  }
  Xxh64 xxh64;
  Sha512 sha512;
  PumpOptions options;
  if (options_.xxh64) {
    options.digests.emplace_back([&](const uint8_t* bytes, size_t size) { xxh64.update(bytes, size); });
  }
  if (options_.sha512) {
    options.digests.emplace_back([&](const uint8_t* bytes, size_t size) { sha512.update(bytes, size); });
  }
  options.bytes = result->bytes;
  options.control = &control_;
  options.on_block = [this](uint64_t bytes) {
    control_.bytes += bytes;
    control_.on_progress();
    pace_.wait(bytes, control_);
  };
  Pumped pumped = pump(reader, takers, options, memory);
  result->failure = std::move(pumped.failure);
  if (result->failure || control_.stop || every_target_failed(*targets)) return false;
  result->changed = pumped.bytes != result->bytes;
  result->b3 = pumped.hash;
  result->xxh64 = xxh64.digest();
  result->sha512 = sha512.digest();
  result->hashed = !result->changed;
  return result->hashed;
}

/// What is in memory is hashed by every processor there is, one file at a time.
bool Copier::hash_cached(const io::File& source, const std::string& path, TransferResult* result) {
  const std::lock_guard lock(hashing_);
  if (!file_hasher_) file_hasher_ = std::make_unique<FileHasher>(std::thread::hardware_concurrency());
  HashedFile hashed = file_hasher_->hash(source, result->bytes, path, control_);
  result->failure = std::move(hashed.failure);
  if (result->failure || control_.stop) return false;
  result->changed = hashed.bytes != result->bytes;
  result->b3 = hashed.hash;
  result->hashed = !result->changed;
  return result->hashed;
}

/// One state of the file, or none: its size, times and identity are what they were before the first byte.
void Copier::check_unchanged(const std::string& path, const io::File& source, const io::Stat& before,
                             TransferResult* result) {
  io::Stat after;
  io::Stat named;
  const auto same = [&](const io::Stat& stat) {
    return stat.bytes == before.bytes && stat.modified_ns == before.modified_ns &&
           stat.changed_ns == before.changed_ns && stat.inode == before.inode && stat.device == before.device;
  };
  result->failure = io::stat(source, path, &after);
  if (!result->failure)
    result->changed = !same(after) || io::stat_name(path, &named) || named.inode != before.inode;
}

/// A server's cache is left alone where nobody asked what the medium holds.
bool Copier::reaches_medium(const io::File& source, const io::Stat& stat) {
  if (options_.reading == Reading::medium) return volumes_.reaches_medium(source, stat.device);
  const io::Traits traits = volumes_.of(source, stat.device);
  return traits.has_medium && traits.flushes_whole;
}

WrittenList Copier::complete(Targets* targets, const TransferResult& result, bool kept) {
  WrittenList written;
  for (Target& target : *targets) {
    if (kept && !control_.stop) {
      target.finish(result.bytes, result.modified_ns);
      if (!target.failed()) written.push_back({&target, &result});
    } else {
      target.remove();
    }
  }
  return written;
}

}  // namespace glassine
