// What the manual pages say beyond the table of commands. Every example is parsed by a test.
#include <map>

#include "cli/manual.hpp"

namespace fanfare::cli {
namespace {

constexpr const char* kFilters =
    "Without ids, the options choose: all of them must fit. On a terminal the number of those that fit is shown and "
    "you are asked "
    "first; in a script, say --yes.\n\n"
    "It goes page by page, so that a hundred thousand of them hold nobody up. Started again after an interruption it "
    "does what is left.";

const std::map<std::string_view, Manual>& Manuals() {
    static const std::map<std::string_view, Manual> manuals{
        {"serve",
         {"Runs until SIGTERM or SIGINT: it stops taking events, lets what is under way come to an end, and leaves the "
          "rest in "
          "the store. SIGHUP takes the configuration anew, as 'fanfare reload' does.",
          {{"In the foreground, with a configuration of your own", "fanfare serve --config ./fanfare.toml"}},
          ""}},
        {"check",
         {"Reads the configuration and everything it names (plugins, templates, schemas, secrets) and reports all "
          "faults at "
          "once, each with its file, line and column. Nothing is sent and no daemon is needed.",
          {{"Before a reload", "fanfare check"}, {"A picture of what goes where", "fanfare check --graph dot"}},
          ""}},
        {"test",
         {"Each [[test]] block names an event and the destinations it must reach. Nothing is sent.",
          {{"For a CI server", "fanfare test --format junit"}},
          "1: a test failed."}},
        {"explain",
         {"Says for each route whether it takes the event and, if not, which condition failed on which value; then "
          "what each "
          "destination would be sent. Nothing is stored and nothing is sent.",
          {{"An event in a file, in a realm", "fanfare explain --event event.json --realm inventory"}},
          ""}},
        {"send",
         {"Sends each file as one event and prints what it was accepted as. When the command ends with 0, every event "
          "is durable. "
          "It is safe to send the same file again with the same id: a duplicate is recognised.",
          {{"One event from a pipe", "fanfare send --type disk.full --realm ops"},
           {"A file, as an event of the realm inventory",
            "fanfare send --realm inventory --type order.created order.json"}},
          ""}},
        {"status",
         {"Shows how many events came, what became of them, and every destination, those in trouble first.",
          {{"For a program", "fanfare status --json"}},
          ""}},
        {"top",
         {"Shows the destinations once a second: how many deliveries wait, are under way and are sent per second, how "
          "many are "
          "dead, and why a destination is not delivered to. It ends with q or Ctrl-C, and leaves the terminal as it "
          "was. It "
          "needs a terminal; for a program there is 'fanfare destinations list --json'.",
          {{"Watch a daemon", "fanfare top"}},
          ""}},
        {"tail",
         {"Prints a line for each delivery that was sent, failed or is dead, and for each destination that changes its "
          "state, from now on until Ctrl-C or SIGTERM. With --json each is an object on a line of its own.\n\n"
          "The daemon notes these things only while somebody asks, and no more than the last 4096: when more happen in "
          "half a second, standard error says how many are not shown. What became of a delivery in the end is in "
          "'fanfare deliveries show'. Times are UTC.",
          {{"What happens at one destination", "fanfare tail --destination crm"},
           {"For a program", "fanfare tail --json"}},
          ""}},
        {"reload",
         {"Takes the configuration anew, whole or not at all. Destinations that did not change are not touched: what "
          "they are "
          "sending goes on.",
          {{"After an edit", "fanfare reload"}},
          "78: the configuration has faults, which are listed; everything stays as it was."}},
        {"events list",
         {"Lists events, the newest first, with the states of their deliveries. The options choose: all of them must fit.",
          {{"What came in the last ten minutes", "fanfare events list --newer-than 10m"},
           {"Of one type", "fanfare events list --realm shop --type order.paid"}},
          ""}},
        {"events show",
         {"Shows an event by the id that its producer gave it, or by the key that fanfare gave it, and what became of "
          "it.",
          {{"What became of an event", "fanfare events show order-4711"}},
          ""}},
        {"deliveries list",
         {"Lists deliveries with their state. The options choose: all of them must fit.\n\n"
          "With --json it prints one object a line. With --all and --details as well, that is an export: each line "
          "holds "
          "a delivery with its attempts and the request it sends.",
          {{"What was given up at a destination", "fanfare deliveries list --state dead --destination crm"},
           {"What waits", "fanfare deliveries list --state waiting --limit 20"}},
          ""}},
        {"deliveries show",
         {"Shows a delivery: each attempt with its outcome, code and reason, and the request as it is sent. Headers "
          "that "
          "look like secrets are hidden.",
          {{"Why it is dead", "fanfare deliveries show 0-3"}},
          ""}},
        {"deliveries retry",
         {std::string("Makes dead or cancelled deliveries waiting again. They send what they would have sent then, "
                      "byte for byte.\n\nWith --render they send what the configuration of the running daemon makes of the "
                      "event now: by the route of the delivery if it still leads to its destination, else as the "
                      "destination's own section says. So it mends what died because a template failed. A delivery that "
                      "cannot be rendered again stays as it is, with the new reason if it is dead; each is named, with "
                      "the reason.\n\n") +
              kFilters,
          {{"One", "fanfare deliveries retry 0-3"},
           {"All that a wrong template killed, once it is corrected",
            "fanfare deliveries retry --render --destination chat --state dead"}},
          "65: a delivery could not be rendered, or cannot be retried."}},
        {"deliveries cancel",
         {std::string("Ends waiting or dead deliveries as cancelled. One that is being sent at the moment is "
                      "skipped.\n\n") +
              kFilters,
          {{"All that wait for a destination that is gone",
            "fanfare deliveries cancel --destination old-crm --state waiting --yes"}},
          ""}},
        {"monitor",
         {"Counts deliveries in a state and says with its exit status whether they are too many. For cron and for "
          "probes.",
          {{"Ten or more dead", "fanfare monitor"},
           {"Anything waiting for a quarter of an hour", "fanfare monitor --state waiting --limit 1 --minutes-ago 15"}},
          "1: there are as many as the limit, or more."}},
        {"destinations list",
         {"Lists the destinations, those in trouble first: open, paused (by hand or because the far side said that it "
          "is "
          "gone) or unreachable, and why.",
          {{"All of them, for a program", "fanfare destinations list --json"}},
          ""}},
        {"destinations show",
         {"Shows all that is known of one destination: its state and why, since when, its limits and its counts.",
          {{"One of them", "fanfare destinations show crm"}},
          ""}},
        {"destinations test",
         {"Sends a destination an event of the type fanfare.destination.test that is for it alone, in the form that its own "
          "section says, and shows the answer. If the first attempt fails the delivery is cancelled: a test is not tried "
          "again. Exit 0: it arrived; 69: it did not; 75: it was not tried in time, as when the destination is paused.",
          {{"After a change of its password", "fanfare destinations test crm"}},
          ""}},
        {"destinations pause",
         {"Nothing is handed to the destination until it is resumed, over restarts too. What is owed to it waits.",
          {{"While the far side is being repaired",
            "fanfare destinations pause crm --reason 'until the move is over'"}},
          ""}},
        {"destinations resume",
         {"Delivers to it again, the oldest first.", {{"Afterwards", "fanfare destinations resume crm"}}, ""}},
        {"prune",
         {"Takes away events all of whose deliveries were sent or cancelled more than DAYS days ago, with those "
          "deliveries. Dead "
          "ones stay unless --dead is given. It goes in small portions while the daemon works.",
          {{"What ended more than 90 days ago", "fanfare prune 90 --yes"}},
          ""}},
        {"store verify",
         {"Looks at every check sum and every count of the store while the daemon runs, and says what is wrong. It reads "
          "everything, which takes a while; Ctrl-C ends it, and so does a stop of the daemon.",
          {{"The store after a disk had trouble", "fanfare store verify"}},
          ""}},
        {"store backup",
         {"Writes a consistent copy of the store to a new file while events flow. To start from it, put it as fanfare.db "
          "into an empty directory and name that in [store] path. Ctrl-C or a stop of the daemon ends it, and takes the "
          "unfinished file away.",
          {{"A copy for the night", "fanfare store backup /var/backups/fanfare.db"}},
          ""}},
        {"store salvage",
         {"Reads a store that a fanfare refuses to start on, or that 'fanfare store verify' finds faults in, and writes "
          "everything in it that is still good to a new directory, on which fanfare starts. No daemon is needed, and none may "
          "use the store. The damaged directory is only read; the new one belongs to the same user, and needs as much room; "
          "meanwhile half as much is taken in /var/tmp, or where SQLITE_TMPDIR says. Keep the damaged one until all is well.\n\n"
          "An event whose check sum does not match is left out. A delivery whose own row is lost, while its event is not, "
          "waits again: it may be sent twice. If a destination is sent what templates made of events, and that is lost, its "
          "delivery is dead until 'fanfare deliveries retry --render'. As nothing tells whether the marks of what was handed "
          "out are damaged too, everything that waits counts as sent perhaps, unless the store was sound.\n\n"
          "The report says by destination what the new store has, what may be sent twice, and what is lost, with the numbers "
          "of the events. Numbers of which there is no trace were pruned or are lost: what the old counts of a destination have "
          "beyond what was found is shown as gone without a trace. A name that is lost is made up, as lost-3: a destination "
          "of that name in the configuration takes what waits under it. No check sum covers the state of a delivery: it "
          "is taken over as it is found.",
          {{"A store that is refused at the start, then the start on the new one",
            "fanfare store salvage --from /var/lib/fanfare --to /var/lib/fanfare.salvaged"},
           {"For a program", "fanfare store salvage --json --from /var/lib/fanfare --to /var/lib/fanfare.salvaged"}},
          "0: everything came over. 65: the new store is complete, but something is lost or in doubt, as the report says; or "
          "the store is of a newer fanfare. 66: there is no store. 73: the new directory cannot be made or is not empty. 75: "
          "a fanfare uses the store."}},
        {"store info",
         {"Shows how much room the store takes, and how much is free.", {{"The store", "fanfare store info"}}, ""}},
        {"plugin list",
         {"Lists the plugins in the directories of [plugins] path, with their versions. One that cannot be loaded is an error, "
          "and the sentence says why.",
          {{"What there is", "fanfare plugin list"}},
          ""}},
        {"plugin info",
         {"Shows a plugin: its version, its file, the plugin interface that it was built for and needs, and its options with their "
          "defaults.",
          {{"What a webhook can be told", "fanfare plugin info webhook"}},
          ""}},
        {"plugin doc",
         {"Prints the options of a plugin as a table in Markdown, for a README; with --json their JSON Schema.",
          {{"A table of options", "fanfare plugin doc webhook"}},
          ""}},
        {"plugin new",
         {"Makes a directory with a plugin that works: a source that delivers, unit tests on a host that is a fake, a README with "
          "its options and outcomes, what makes a deb and an rpm, an example configuration, and a script that does all of it, "
          "./ci. To build it, the package fanfare-dev, CMake and a compiler are needed. An existing directory is left alone.",
          {{"A plugin for an API over HTTP", "fanfare plugin new acme"},
           {"One in C around a library whose calls wait", "fanfare plugin new acme --lang c --kind blocking"}},
          "64 if the name, the language or the kind is none; 73 if the directory is there already or cannot be made."}},
        {"plugin check",
         {"Tries a plugin's file against the contract that plugins keep: the file itself, its life cycle, deliveries of "
          "every kind, hosts that are older and newer, and a far side that fails in every way. Each test runs in a "
          "process of its own with a limit of time, so a plugin that crashes or hangs is told of as well. No daemon is "
          "needed, nothing is installed, and no test reaches beyond loopback unless the options name an address there. "
          "A test that builds on one that failed is skipped, so what is shown first is what to mend first.\n\n"
          "Options that its schema does not tell (because a field needs another one, or a file that exists) come from a "
          "TOML file: the destination's own table without 'plugin'. In it @DIR@ stands for an empty directory, and @HOST@ "
          "and @PORT@ for an address at which nobody listens, one who says nothing, or one who hangs up.\n\n"
          "The results are one line a test, with a sentence below for what is wrong and how to mend it; with --json one "
          "object a line.",
          {{"A plugin that was just built", "fanfare plugin check build/plugins/hello.so"},
           {"With options, for the oldest system it is to run on",
            "fanfare plugin check --options hello.toml --target bookworm hello.so"},
           {"For a CI server, without a test that does not fit",
            "fanfare plugin check --except 'remote.200=it reads the answer' --junit hello.xml hello.so"},
           {"One group alone", "fanfare plugin check --only deliver hello.so"}},
          "65: a test failed. 66: there is no such file. 78: the file of --options has faults."}},
        {"audit verify",
         {"Reads the audit log (by default that of the configuration; give another file for one that was moved away) and "
          "checks that each line carries the SHA-256 of the line before it. What was cut off at the end cannot be seen in "
          "the file: note the number and the digest that are printed elsewhere, and compare.",
          {{"The log of this machine", "fanfare audit verify"}},
          ""}},
        {"token new",
         {"Prints a token for a sender, once, and the line with its hash for the configuration.",
          {{"For the realm inventory", "fanfare token new --realm inventory"}},
          ""}},
        {"token hash",
         {"Reads a token from standard input and prints the hash that stands in the configuration.",
          {{"Of a token you have", "fanfare token hash"}},
          ""}},
        {"version", {"Prints the version.", {{"The version", "fanfare version"}}, ""}},
    };
    return manuals;
}

}  // namespace

const Manual& ManualOf(std::string_view command) {
    static const Manual none;
    const auto found = Manuals().find(command);
    return found == Manuals().end() ? none : found->second;
}

}  // namespace fanfare::cli
