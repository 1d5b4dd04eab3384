#include "store/memory_store.hpp"

#include "unit/store/conformance.hpp"

namespace fanfare::store {
namespace {

Factory MakeFactory() {
    return {"memory", false, [](const std::string&, const base::Clock& clock) { return MakeMemoryStore(clock); }};
}

INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance, testing::Values(MakeFactory()), NameOf);

}  // namespace
}  // namespace fanfare::store
