#include <gmock/gmock.h>
#include <stdlib.h>

#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using testing::HasSubstr;
using testing::Not;

json::Value From(const std::string& source, const std::string& name) { return json::Value{{source, name}}; }

std::string FaultOf(const json::Value& value) {
    const auto secret = ResolveSecret(value);
    if (secret) return "resolved";
    EXPECT_EQ(secret.error().code, base::Code::kConfig);
    return secret.error().message;
}

TEST(ResolveSecret, TakesALiteralAsItStands) { EXPECT_EQ(ResolveSecret(json::Value("s3 "))->Reveal(), "s3 "); }

TEST(ResolveSecret, ReadsAFileWithoutItsLastNewline) {
    Tree tree;
    tree.Write("one", "s3\n").Write("two", "s3\n\n").Write("none", "s3").Write("windows", "s3\r\n");
    EXPECT_EQ(ResolveSecret(From("file", tree.PathOf("one")))->Reveal(), "s3");
    EXPECT_EQ(ResolveSecret(From("file", tree.PathOf("two")))->Reveal(), "s3\n");
    EXPECT_EQ(ResolveSecret(From("file", tree.PathOf("none")))->Reveal(), "s3");
    EXPECT_EQ(ResolveSecret(From("file", tree.PathOf("windows")))->Reveal(), "s3");
}

TEST(ResolveSecret, AFileThatIsMissingEmptyOrRelativeIsNamed) {
    Tree tree;
    tree.Write("empty", "\n");
    EXPECT_THAT(FaultOf(From("file", tree.PathOf("gone"))),
                HasSubstr(tree.PathOf("gone") + "': No such file or directory"));
    EXPECT_THAT(FaultOf(From("file", tree.PathOf("empty"))), HasSubstr("' is empty"));
    EXPECT_THAT(FaultOf(From("file", tree.PathOf(""))), HasSubstr("Is a directory"));
    EXPECT_THAT(FaultOf(From("file", "etc/secret")), HasSubstr("not an absolute path"));
}

TEST(ResolveSecret, ReadsTheEnvironmentAndSystemdCredentials) {
    Tree tree;
    tree.Write("hook", "s3\n");
    ::setenv("FANFARE_TEST_SECRET", "s4", 1);
    ::setenv("CREDENTIALS_DIRECTORY", tree.PathOf("").c_str(), 1);
    EXPECT_EQ(ResolveSecret(From("env", "FANFARE_TEST_SECRET"))->Reveal(), "s4");
    EXPECT_EQ(ResolveSecret(From("credential", "hook"))->Reveal(), "s3");
    EXPECT_THAT(FaultOf(From("credential", "gone")), HasSubstr("LoadCredential=gone"));
    EXPECT_THAT(FaultOf(From("credential", "../hook")), HasSubstr("not the name of a systemd credential"));
    ::unsetenv("CREDENTIALS_DIRECTORY");
    ::unsetenv("FANFARE_TEST_SECRET");
    EXPECT_THAT(FaultOf(From("credential", "hook")), HasSubstr("CREDENTIALS_DIRECTORY is not set"));
    EXPECT_THAT(FaultOf(From("env", "FANFARE_TEST_SECRET")), HasSubstr("'FANFARE_TEST_SECRET'"));
}

TEST(ResolveSecret, RefusesOtherShapesWithoutShowingThem) {
    for (const json::Value& value : {json::Value(5), json::Value(nullptr), json::Value::object(), json::Value(""),
                                     json::Value{{"file", 5}}, json::Value{{"file", "/a"}, {"env", "B"}}}) {
        EXPECT_THAT(FaultOf(value), HasSubstr("{ env = \"NAME\" }"));
    }
    EXPECT_THAT(FaultOf(From("vault", "s3cr3t")), Not(HasSubstr("s3cr3t")));
}

}  // namespace
}  // namespace fanfare::config
