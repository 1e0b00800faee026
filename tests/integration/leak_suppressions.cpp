// What the leak checker need not tell: libpqxx 6.4 loses the result (2 KB) of a statement that it
// could not prepare because the connection had gone.

extern "C" const char* __lsan_default_suppressions() { // NOLINT(bugprone-reserved-identifier)
    return "leak:register_prepared\n";
}
