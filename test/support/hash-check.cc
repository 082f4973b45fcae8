// Runs the hashes by themselves, for tests under emulators and checkers: one case a line on standard input,
// one answer a line. `kernels`; `blake3 KERNEL MODE LENGTH PIECE SECRET`, of the official vectors' input in
// pieces; `xxh64 LENGTH PIECE`; `file THREADS PATH`.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "blake3/blake3.h"
#include "file_hash.h"
#include "xxh64.h"

namespace {

using namespace glassine;

/// On the heap and no longer than needed, so that a checker sees every byte that is read too much.
std::vector<uint8_t> input_of(size_t length) {
  std::vector<uint8_t> bytes(length);
  for (size_t i = 0; i < length; ++i) bytes[i] = static_cast<uint8_t>(i % 251);
  return bytes;
}

void print(const uint8_t* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) std::printf("%02x", bytes[i]);
  std::printf("\n");
}

template <class AnyHasher>
void feed(AnyHasher& hasher, size_t length, size_t piece) {
  const std::vector<uint8_t> all = input_of(length);
  for (size_t at = 0; at < length; at += piece) {
    const size_t size = std::min(piece, length - at);
    const std::vector<uint8_t> part(all.data() + at, all.data() + at + size);
    hasher.update(part.data(), part.size());
  }
}

bool blake3_case(std::istringstream& words) {
  std::string name;
  std::string mode;
  std::string secret;
  size_t length = 0;
  size_t piece = 0;
  words >> name >> mode >> length >> piece >> std::ws;
  std::getline(words, secret);
  blake3::Hasher hasher;
  if (mode == "keyed_hash") hasher = blake3::Hasher::keyed(reinterpret_cast<const uint8_t*>(secret.data()));
  if (mode == "derive_key") hasher = blake3::Hasher::derive_key(secret);
  for (const blake3::Kernel* kernel : blake3::kernels()) {
    if (name != kernel->name) continue;
    hasher.use(*kernel);
    feed(hasher, length, piece);
    std::vector<uint8_t> out(131);
    hasher.finish(out.data(), out.size());
    print(out.data(), out.size());
    return true;
  }
  return false;
}

bool xxh64_case(std::istringstream& words) {
  size_t length = 0;
  size_t piece = 0;
  words >> length >> piece;
  Xxh64 checksum;
  feed(checksum, length, piece);
  std::printf("%016" PRIx64 "\n", checksum.digest());
  return true;
}

bool file_case(std::istringstream& words) {
  unsigned threads = 0;
  std::string path;
  words >> threads >> path;
  io::File file;
  io::Stat stat;
  if (io::open_source(path, &file, &stat)) return false;
  Control control;
  FileHasher hasher(threads);
  // Twice, as the threads are kept; the second time cut short, as far as the file is concerned.
  const HashedFile hashed = hasher.hash(file, stat.bytes, path, control);
  const HashedFile longer = hasher.hash(file, stat.bytes + 1, path, control);
  control.stop = true;
  const HashedFile stopped = hasher.hash(file, stat.bytes, path, control);
  if (hashed.failure || hashed.bytes != stat.bytes || longer.failure) return false;
  if (longer.bytes > stat.bytes || (stat.bytes > 0 && stopped.bytes == stat.bytes)) return false;
  print(hashed.hash.data(), hashed.hash.size());
  return true;
}

bool answer(const std::string& line) {
  std::istringstream words(line);
  std::string what;
  words >> what;
  if (what == "blake3") return blake3_case(words);
  if (what == "xxh64") return xxh64_case(words);
  if (what == "file") return file_case(words);
  if (what != "kernels") return false;
  for (const blake3::Kernel* kernel : blake3::kernels()) std::printf("%s ", kernel->name);
  std::printf("\n");
  return true;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    if (!answer(line)) {
      std::fprintf(stderr, "no answer to: %s\n", line.c_str());
      return 1;
    }
  }
  return 0;
}
