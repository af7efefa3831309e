// Writes an input file for the bank: random transfers between random accounts, from a seed.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include <CLI/CLI.hpp>

#include "base/random.h"
#include "examples/bank/transfers_file.h"

int main(int argc, char** argv) {
  std::uint64_t transfers = 100'000;
  std::uint32_t accounts = 10'000;
  std::uint64_t seed = 1;
  std::int64_t cents_max = 50'000;
  std::string out;

  CLI::App app("Writes random transfers between accounts as the bank example reads them.");
  app.add_option("--transfers", transfers, "How many rows")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{bank::kTransfersMax}))
      ->capture_default_str();
  app.add_option("--accounts", accounts, "Between how many accounts")
      ->check(CLI::Range(std::uint32_t{2}, bank::kAccountsMax))
      ->capture_default_str();
  app.add_option("--seed", seed, "The same seed gives the same file")->capture_default_str();
  app.add_option("--cents-max", cents_max, "Largest amount; larger ones are refused more often")
      ->check(CLI::Range(std::int64_t{1}, bank::kCentsMax))
      ->capture_default_str();
  app.add_option("--out", out, "File to write")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  std::ofstream file(out);
  file << "number,from,to,cents\n";
  troupe::Random random(seed);
  for (std::uint64_t number = 1; number <= transfers; ++number) {
    const std::uint64_t from = random.below(accounts);
    const std::uint64_t to = (from + 1 + random.below(accounts - 1)) % accounts;
    const std::uint64_t cents = 1 + random.below(static_cast<std::uint64_t>(cents_max));
    file << number << ',' << bank::account_name(static_cast<std::uint32_t>(from)) << ','
         << bank::account_name(static_cast<std::uint32_t>(to)) << ',' << cents << '\n';
  }
  file.close();
  if (!file) {
    std::fprintf(stderr, "error: %s: cannot be written\n", out.c_str());
    return 1;
  }
  return 0;
}
