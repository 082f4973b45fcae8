// A walk as JavaScript takes it: in batches of plain arrays, so that 200,000 entries cross cheaply.
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
  Napi::FunctionReference on_listing;
  Napi::FunctionReference done;

  /// A batch, undefined when there is none yet, null when there will be none.
  Napi::Value take(Napi::Env env) {
    std::vector<Listing> listings;
    bool ended = false;
    if (listings_.take(kEntriesAtOnce, &listings, &ended)) return batch(env, listings);
    return ended ? env.Null() : env.Undefined();
  }

 protected:
  void run() override {
    walk(options, listings_, [this] { call_back(); });
    listings_.end();
  }

  void wake() override { listings_.refuse(); }
  void deliver(Napi::Env /*env*/) override { on_listing.Call({}); }
  void settle(Napi::Env env) override { done.Call({from_failure(env, broken_)}); }

  void release() override {
    on_listing.Reset();
    done.Reset();
  }

 private:
  static Napi::Object batch(Napi::Env env, const std::vector<Listing>& listings);

  Listings listings_;
};

Napi::String new_string(Napi::Env env, const char* text, bool ascii) {
  if (!ascii) return Napi::String::New(env, text);
  napi_value value = nullptr;
  napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &value);
  return {env, value};
}

Napi::Object batch_of(Napi::Env env, const Listing& listing, std::vector<uint64_t>* devices,
                      double* numbers) {
  Napi::Object object = Napi::Object::New(env);
  object["folder"] = Napi::String::New(env, listing.folder);
  if (listing.failure) object["error"] = from_failure(env, listing.failure);
  napi_value names = nullptr;
  napi_create_array_with_length(env, listing.entries.size(), &names);
  Napi::Object targets = Napi::Object::New(env);
  for (uint32_t i = 0; i < listing.entries.size(); ++i) {
    const Napi::HandleScope scope(env);
    const Entry& entry = listing.entries[i];
    napi_set_element(env, names, i, new_string(env, listing.text.c_str() + entry.name, entry.ascii));
    if (entry.kind == io::Kind::link)
      targets[i] = Napi::String::New(env, listing.text.c_str() + entry.target);
    if (devices->empty() || devices->back() != entry.device) devices->push_back(entry.device);
    *numbers++ = static_cast<double>(entry.kind);
    *numbers++ = static_cast<double>(entry.bytes);
    *numbers++ = static_cast<double>(entry.modified_us);
    *numbers++ = static_cast<double>(entry.inode >> 32U);
    *numbers++ = static_cast<double>(entry.inode & 0xFFFFFFFFU);
    *numbers++ = static_cast<double>(devices->size() - 1);
  }
  object["names"] = Napi::Value(env, names);
  object["targets"] = targets;
  return object;
}

Napi::Object WalkJob::batch(Napi::Env env, const std::vector<Listing>& listings) {
  size_t count = 0;
  for (const Listing& listing : listings) count += listing.entries.size();
  auto numbers = Napi::Float64Array::New(env, count * kNumbers);
  Napi::Array folders = Napi::Array::New(env, listings.size());
  std::vector<uint64_t> devices;
  double* at = numbers.Data();
  for (uint32_t i = 0; i < listings.size(); ++i) {
    const Napi::HandleScope scope(env);
    folders[i] = batch_of(env, listings[i], &devices, at);
    at += listings[i].entries.size() * kNumbers;
  }
  Napi::Array names = Napi::Array::New(env, devices.size());
  for (uint32_t i = 0; i < devices.size(); ++i) names[i] = Napi::String::New(env, std::to_string(devices[i]));
  Napi::Object batch = Napi::Object::New(env);
  batch["folders"] = folders;
  batch["numbers"] = numbers;
  batch["devices"] = names;
  return batch;
}

/// `walk(root, folder, recursive, onListing, done)`; returns `{ take, stop }`.
Napi::Value start_walk(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto job = std::make_shared<WalkJob>();
  job->options.root = to_path(info[0]);
  job->options.folder = to_path(info[1]);
  job->options.recursive = info[2].ToBoolean();
  job->on_listing = Napi::Persistent(info[3].As<Napi::Function>());
  job->done = Napi::Persistent(info[4].As<Napi::Function>());
  Job::start(job, env, "glassine walk");
  Napi::Object handle = Napi::Object::New(env);
  handle["take"] =
      Napi::Function::New(env, [job](const Napi::CallbackInfo& i) { return job->take(i.Env()); });
  handle["stop"] = stopper(env, job);
  return handle;
}

}  // namespace

void register_walk(Napi::Env env, Napi::Object exports) {
  exports["walk"] = Napi::Function::New<start_walk>(env, "walk");
}

}  // namespace glassine
