// What the leak checker need not tell: libpqxx 6.4 asks for the connection's encoding before it
// takes a statement's result over, and where the connection has gone by then, the result (2 KB) is
// lost. So it is with each statement that is prepared or executed.

extern "C" const char* __lsan_default_suppressions() { // NOLINT(bugprone-reserved-identifier)
    return "leak:register_prepared\nleak:pqxx::connection_base::exec\n";
}
