#include <gmock/gmock.h>

#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

TEST(Sample, TheShippedFileIsGoodAndStatesTheDefaults) {
    std::ifstream file(FANFARE_SOURCE_DIR "/etc/fanfare/fanfare.toml");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    ASSERT_NE(text, "");
    Tree tree;
    tree.Write("fanfare.toml", text);
    const Loaded loaded = tree.Load();
    EXPECT_THAT(tree.Heads(loaded), testing::IsEmpty());
    EXPECT_EQ(loaded.config.server.listen, Server().listen);
    EXPECT_EQ(loaded.config.server.admin, Server().admin);
    EXPECT_EQ(loaded.config.store.path, Store().path);
    EXPECT_THAT(loaded.config.plugins.path, testing::ElementsAreArray(Plugins().path));
}

}  // namespace
}  // namespace fanfare::config
