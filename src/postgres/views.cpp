#include "views.hpp"

#include "relay/jobs/job.hpp"
#include "rows.hpp"
#include "session.hpp"
#include "statements.hpp"

#include <map>
#include <optional>
#include <pqxx/pqxx>
#include <utility>
#include <vector>

namespace relay::postgres {

namespace {

using Views = std::map<jobs::JobId, jobs::JobView>;

void add_views(Views& views, pqxx::transaction_base& transaction,
               const PreparedStatement& statement, const std::vector<jobs::JobId>& ids) {
    for (const auto& row : transaction.exec_prepared(statement.name, id_array(ids))) {
        auto view = read_view(row);
        views.emplace(view.id, std::move(view));
    }
}

} // namespace

std::vector<std::optional<jobs::JobView>> find_views(pqxx::connection& connection,
                                                     const std::vector<jobs::JobId>& ids) {
    pqxx::nontransaction transaction(connection);
    Views views;
    add_views(views, transaction, sql::kFind, ids);
    std::vector<jobs::JobId> missing;
    for (const auto& id : ids) {
        if (!views.contains(id)) {
            missing.push_back(id);
        }
    }
    if (!missing.empty()) { // a job that is removed between the two is found by the second
        add_views(views, transaction, sql::kFindRemoved, missing);
    }
    std::vector<std::optional<jobs::JobView>> answers;
    answers.reserve(ids.size());
    for (const auto& id : ids) {
        const auto found = views.find(id);
        answers.push_back(found == views.end() ? std::nullopt : std::optional(found->second));
    }
    return answers;
}

} // namespace relay::postgres
