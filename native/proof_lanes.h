// Large files are flushed and read back while the next ones are copied, on one thread for each volume: a slow
// drive holds up nobody but itself.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "copier.h"

namespace glassine {

class ProofLane;

class ProofLanes {
 public:
  ProofLanes(const TransferOptions& options, const Control& control);
  ProofLanes(const ProofLanes&) = delete;
  ProofLanes& operator=(const ProofLanes&) = delete;
  /// Waits for what is under way and forgets the rest.
  ~ProofLanes();

  /// Takes over a target; waits while too many of its volume are waiting already.
  void add(const Written& written);
  /// Waits until everything was flushed and read back. Throws what a lane threw.
  void finish();

 private:
  const TransferOptions& options_;
  const Control& control_;
  std::map<uint64_t, std::unique_ptr<ProofLane>> lanes_;
};

/// Flushes a target that is open, and reads it back if that is wanted.
void prove_now(const Written& written, const TransferOptions& options, const Control& control,
               BlockMemory* memory);

}  // namespace glassine
