// libFuzzer over the files of a store, and what is salvaged of them: no crash, no hang, and no event goes out as it was
// not taken in; and over what rows hold: what is decoded is encoded to the same bytes. The input is a list of edits of
// a sound store's files: which file, where (3 bytes), how many bytes, the bytes; none: the file is cut there. Its rest
// is taken for the bytes of a row.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "store/sqlite/codec.hpp"
#include "store/sqlite/salvage.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace {

using namespace fanfare;
namespace files = std::filesystem;

constexpr int kEvents = 40;
const std::string kFiles[] = {"fanfare.db", "fanfare.db-wal", "hwm"};
using Image = std::map<std::string, std::string>;

// In memory, where there is room: the disk is not what is tried.
const files::path& Place() {
    static const files::path place = [] {
        std::string name =
            (files::exists("/dev/shm") ? "/dev/shm" : files::temp_directory_path().string()) + "/fanfare-fuzz.XXXXXX";
        if (mkdtemp(name.data()) == nullptr) std::abort();
        std::atexit([] { files::remove_all(Place()); });
        return files::path(name);
    }();
    return place;
}

store::sqlite::Options At(const files::path& directory) {
    store::sqlite::Options options;
    options.directory = directory;
    options.ballast_bytes = 0;
    return options;
}

// Of every second one so much that it does not fit into a page.
std::string DataOf(std::string_view id) {
    std::string data = "data of " + std::string(id);
    if (id.back() % 2 == 0) data.append(20'000, 'x');
    return data;
}

void Accept(store::Store& store, int first, int last) {
    const model::NameId destinations[] = {*store.Intern("a"), *store.Intern("b")};
    store::AcceptBatch batch;
    for (int i = first; i <= last; ++i) {
        store::NewEvent& event = batch.events.emplace_back();
        event.envelope.event.id = "id " + std::to_string(i);
        event.envelope.event.source = "/source";
        event.envelope.event.type = "type";
        event.envelope.event.extensions = {{"a", "1", model::AttributeKind::kInteger}};
        event.envelope.event.data = DataOf(event.envelope.event.id);
        event.targets = {{destinations[0]}, {destinations[1]}};
        event.targets[1].request = std::make_shared<const model::Request>(model::Request{
            model::Payload{"text/plain", "for " + event.envelope.event.id}, {{"h", "v"}}, {{"/o", "v"}}});
    }
    std::promise<bool> done;
    batch.done = [&](const base::Result<std::vector<store::Accepted>>& result) { done.set_value(bool(result)); };
    store.inbox().Accept(std::move(batch));
    if (!done.get_future().get()) std::abort();
}

// Half of its events are in the database, the others in the log.
const Image& Sound(const base::Clock& clock) {
    static const Image image = [&clock] {
        const files::path directory = Place() / "sound";
        for (const int half : {0, 1}) {
            auto store = store::sqlite::Open(At(directory), clock);
            if (!store) std::abort();
            Accept(**store, half * kEvents / 2 + 1, (half + 1) * kEvents / 2);
            if (half == 1) files::copy(directory, Place() / "image");
        }
        Image sound;
        for (const std::string& file : kFiles) {
            std::ifstream in(Place() / "image" / file, std::ios::binary);
            sound[file] = {std::istreambuf_iterator<char>(in), {}};
            if (sound[file].empty()) std::abort();
        }
        return sound;
    }();
    return image;
}

// False: the input has ended.
bool Edit(Image& image, std::string_view& input) {
    if (input.size() < 5) return false;
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(input[at]); };
    std::string& file = image[kFiles[byte(0) % 3]];
    const std::size_t at = (byte(1) | std::size_t{byte(2)} << 8 | std::size_t{byte(3)} << 16) % (file.size() + 1);
    const std::string_view bytes = input.substr(5, byte(4));
    if (bytes.empty()) {
        file.resize(at);
    } else {
        file.replace(at, bytes.size(), bytes);
    }
    input.remove_prefix(5 + bytes.size());
    return true;
}

void Use(store::Store& store, const base::Clock& clock) {
    for (const char* const name : {"a", "b"}) {
        const auto destination = store.Intern(name);
        const auto claimed =
            destination ? store.outbox().Claim(*destination, 2 * kEvents, clock.Now()) : destination.error();
        if (!claimed) continue;
        for (const store::Claimed& one : *claimed) {
            const model::Event& event = one.event->envelope.event;
            if (event.data != DataOf(event.id) || event.source != "/source") std::abort();
            if (one.request && one.request->payload->body != "for " + event.id) std::abort();
        }
    }
    (void)store.ledger().ListEvents({});
    (void)store.ledger().ListDeliveries({});
    (void)store.ledger().Verify({});
}

// What is salvaged is a store without a fault, whatever it was made of.
void TrySalvage(const files::path& directory, const base::Clock& clock) {
    const files::path salvaged = Place() / "salvaged";
    files::remove_all(salvaged);
    const auto report = store::sqlite::Salvage(directory, salvaged);
    if (!report) return;
    if (!report->faults.empty()) std::abort();
    auto store = store::sqlite::Open(At(salvaged), clock);
    if (!store) std::abort();
    Use(**store, clock);
}

void TryFiles(std::string_view& input) {
    static const base::SystemClock clock;
    Image image = Sound(clock);
    while (Edit(image, input)) {
    }
    const files::path directory = Place() / "edited";
    files::remove_all(directory);
    files::create_directory(directory);
    files::permissions(directory, files::perms::owner_all);
    for (const auto& [name, content] : image) std::ofstream(directory / name, std::ios::binary) << content;
    TrySalvage(directory, clock);
    auto store = store::sqlite::Open(At(directory), clock);
    if (store) Use(**store, clock);
}

void TryRow(std::string_view bytes) {
    namespace sqlite = store::sqlite;
    model::Event event;
    if (sqlite::DecodeMeta(bytes, event)) {
        model::Event again;
        if (!sqlite::DecodeMeta(sqlite::EncodeMeta(event), again) || !(again == event)) std::abort();
    }
    if (const auto destinations = sqlite::DecodeDestinations(bytes)) {
        if (sqlite::DecodeDestinations(sqlite::EncodeDestinations(*destinations)) != destinations) std::abort();
    }
    const auto request = model::DecodeRequest(bytes);
    if (request && model::Encode(*request) != bytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    std::string_view input(reinterpret_cast<const char*>(bytes), count);
    TryRow(input);
    log::Configure(log::Level::kOff, log::Format::kText);
    TryFiles(input);
    return 0;
}
