#include "store/sqlite/sqlite_store.hpp"
#include "unit/store/conformance.hpp"

namespace fanfare::store::sqlite {
namespace {

// How large the ring is must not matter.
Factory MakeFactory(const std::string& name, std::size_t deliveries, std::size_t bytes) {
    return {name, true, [=](const std::string& directory, const base::Clock& clock) -> std::unique_ptr<Store> {
                Options options;
                options.directory = directory;
                options.ballast_bytes = 1 << 20;
                options.window = {deliveries, bytes};
                auto store = Open(options, clock);
                if (!store) {
                    ADD_FAILURE() << store.error().message;
                    std::abort();
                }
                return *std::move(store);
            }};
}

}  // namespace
}  // namespace fanfare::store::sqlite

namespace fanfare::store {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
                         testing::Values(sqlite::MakeFactory("tiny_ring", 8, 1 << 20), sqlite::MakeFactory("tiny_bytes", 1024, 2000),
                                         sqlite::MakeFactory("default_ring", 1024, 4 << 20)),
                         NameOf);

}  // namespace
}  // namespace fanfare::store
