# What ./dev demo shows: one withdraw from curl to its confirmation. Sourced by ./dev.

balance_of() {
    curl -sf "$STACK_RPC_URL" -H 'Content-Type: application/json' \
        -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"getBalance\",\"params\":[\"$1\",{\"commitment\":\"confirmed\"}]}" |
        jq -r .result.value
}

show_balances() {
    local when=$1 body=$2 recipient
    for recipient in $(jq -r '.outputs[].recipient' "$body"); do
        printf '  %-6s %-44s %15s lamports\n' "$when" "$recipient" "$(balance_of "$recipient")"
    done
}

# run_demo STACK: REQUIRES a started stack.
run_demo() {
    local stack=$1 body=$1/withdraw.json id status last='' answer
    "$localnet/node.sh" "$localnet/make-withdraw.mjs" --amount 1000000000 --outputs 2 --out "$body"
    say "a withdraw of 1 SOL to two recipients, with a valid Groth16 proof: $body"
    show_balances before "$body"
    say "curl -s http://$STACK_HTTP/withdraw -H 'Content-Type: application/json' -d @$body"
    answer=$(curl -s "http://$STACK_HTTP/withdraw" -H 'Content-Type: application/json' -d @"$body")
    echo "  $answer"
    id=$(jq -r .data.request_id <<<"$answer")
    [ "$id" != null ] || fail "the withdraw was not accepted"
    say "curl -s http://$STACK_HTTP/status/$id"
    for _ in $(seq 600); do
        answer=$(curl -s "http://$STACK_HTTP/status/$id")
        status=$(jq -r .data.status <<<"$answer")
        if [ "$status" != "$last" ]; then
            echo "  $(date -u +%T.%3N) $status"
            last=$status
        fi
        case $status in completed | failed) break ;; esac
        sleep 0.05
    done
    say "what relayd logged of it"
    grep "$id" "$stack/relayd.log" | sed -n "s/^\([^ ]*\) [a-z]* */  \1 /; s/ job=$id//; p"
    [ "$status" = completed ] || fail "the withdraw ended as $status: $answer"
    say "landed, and confirmed by the chain"
    echo "  signature $(jq -r .data.tx_id <<<"$answer")"
    echo "  slot      $(jq -r .data.slot <<<"$answer")"
    show_balances after "$body"
}
