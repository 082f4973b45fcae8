// A walk as JavaScript takes it: in batches of folders with their marks; what is in a folder crosses when it
// is asked for, as plain arrays, so that 200,000 entries of which none changed cost nothing.
#include <algorithm>
#include <utility>

#include "addon_job.h"
#include "walk.h"

namespace glassine {

namespace {

/// Entries in one batch, about: enough that a call costs nothing, few enough that a batch is small.
constexpr size_t kEntriesAtOnce = 2048;
/// Numbers for each entry: kind, bytes, time, inode (two halves), place of its device in the batch's list.
constexpr size_t kNumbers = 6;

class WalkJob : public Job {
 public:
  WalkOptions options;
  Napi::FunctionReference on_listings;
  Napi::FunctionReference done;

  /// A batch, undefined when there is none yet, null when there will be none. Ends the one before.
  Napi::Value take(Napi::Env env) {
    taken_.clear();
    bool ended = false;
    if (listings_.take(kEntriesAtOnce, &taken_, &ended)) return batch(env);
    return ended ? env.Null() : env.Undefined();
  }

  /// What is in one folder of the batch.
  Napi::Value entries(Napi::Env env, size_t place);

 protected:
  void run() override {
    walk(options, listings_, [this] { call_back(); });
    listings_.end();
  }

  void wake() override { listings_.refuse(); }
  void deliver(Napi::Env /*env*/) override { on_listings.Call({}); }
  void settle(Napi::Env env) override { done.Call({from_failure(env, broken_)}); }

  void release() override {
    on_listings.Reset();
    done.Reset();
  }

 private:
  Napi::Object batch(Napi::Env env);

  Listings listings_;
  std::vector<Listing> taken_;
};

Napi::String new_string(Napi::Env env, const char* text, bool ascii) {
  if (!ascii) return Napi::String::New(env, text);
  napi_value value = nullptr;
  napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &value);
  return {env, value};
}

Napi::Value WalkJob::entries(Napi::Env env, size_t place) {
  if (place >= taken_.size()) return env.Undefined();
  const Listing& listing = taken_[place];
  Napi::Object object = Napi::Object::New(env);
  auto numbers = Napi::Float64Array::New(env, listing.entries.size() * kNumbers);
  double* number = numbers.Data();
  std::vector<uint64_t> devices;
  napi_value names = nullptr;
  napi_create_array_with_length(env, listing.entries.size(), &names);
  Napi::Object targets = Napi::Object::New(env);
  for (uint32_t i = 0; i < listing.entries.size(); ++i) {
    const Napi::HandleScope scope(env);
    const Entry& entry = listing.entries[i];
    napi_set_element(env, names, i, new_string(env, listing.text.c_str() + entry.name, entry.ascii));
    if (entry.kind == io::Kind::link)
      targets[i] = Napi::String::New(env, listing.text.c_str() + entry.target);
    if (devices.empty() || devices.back() != entry.device) devices.push_back(entry.device);
    *number++ = static_cast<double>(entry.kind);
    *number++ = static_cast<double>(entry.bytes);
    *number++ = static_cast<double>(entry.modified_us);
    *number++ = static_cast<double>(entry.inode >> 32U);
    *number++ = static_cast<double>(entry.inode & 0xFFFFFFFFU);
    *number++ = static_cast<double>(devices.size() - 1);
  }
  Napi::Array device_names = Napi::Array::New(env, devices.size());
  for (uint32_t i = 0; i < devices.size(); ++i)
    device_names[i] = Napi::String::New(env, std::to_string(devices[i]));
  object["names"] = Napi::Value(env, names);
  object["targets"] = targets;
  object["numbers"] = numbers;
  object["devices"] = device_names;
  return object;
}

Napi::Object WalkJob::batch(Napi::Env env) {
  Napi::Array folders = Napi::Array::New(env, taken_.size());
  Napi::Object errors = Napi::Object::New(env);
  auto files = Napi::Uint32Array::New(env, taken_.size());
  auto marked = Napi::Uint8Array::New(env, taken_.size());
  auto marks = Napi::Buffer<uint8_t>::New(env, taken_.size() * kMarkBytes);
  for (uint32_t i = 0; i < taken_.size(); ++i) {
    const Napi::HandleScope scope(env);
    const Listing& listing = taken_[i];
    folders[i] = Napi::String::New(env, listing.folder);
    if (listing.failure) errors[i] = from_failure(env, listing.failure);
    files[i] = listing.files;
    marked[i] = listing.is_marked ? 1 : 0;
    std::copy(listing.mark.begin(), listing.mark.end(), marks.Data() + i * kMarkBytes);
  }
  Napi::Object batch = Napi::Object::New(env);
  batch["folders"] = folders;
  batch["errors"] = errors;
  batch["files"] = files;
  batch["marked"] = marked;
  batch["marks"] = marks;
  return batch;
}

/// `walk(root, folder, recursive, threads, onListings, done)`; returns `{ take, entries, stop }`.
Napi::Value start_walk(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto job = std::make_shared<WalkJob>();
  job->options.root = to_path(info[0]);
  job->options.folder = to_path(info[1]);
  job->options.recursive = info[2].ToBoolean();
  job->options.threads = info[3].ToNumber().Uint32Value();
  job->on_listings = Napi::Persistent(info[4].As<Napi::Function>());
  job->done = Napi::Persistent(info[5].As<Napi::Function>());
  Job::start(job, env, "glassine walk");
  Napi::Object handle = Napi::Object::New(env);
  handle["take"] =
      Napi::Function::New(env, [job](const Napi::CallbackInfo& i) { return job->take(i.Env()); });
  handle["entries"] = Napi::Function::New(env, [job](const Napi::CallbackInfo& i) {
    return job->entries(i.Env(), i[0].ToNumber().Uint32Value());
  });
  handle["stop"] = stopper(env, job);
  return handle;
}

}  // namespace

void register_walk(Napi::Env env, Napi::Object exports) {
  exports["walk"] = Napi::Function::New<start_walk>(env, "walk");
}

}  // namespace glassine
