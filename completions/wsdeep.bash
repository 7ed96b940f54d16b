# bash completion of wsdeep; generated from its command table
_wsdeep() {
  local words='' path='wsdeep' i word current="${COMP_WORDS[COMP_CWORD]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    case "$path $word" in
      'wsdeep init') path='wsdeep init' ;;
      'wsdeep render') path='wsdeep render' ;;
      'wsdeep validate') path='wsdeep validate' ;;
      'wsdeep package') path='wsdeep package' ;;
      'wsdeep chat') path='wsdeep chat' ;;
      'wsdeep connect') path='wsdeep connect' ;;
      'wsdeep login') path='wsdeep login' ;;
      'wsdeep logout') path='wsdeep logout' ;;
      'wsdeep token') path='wsdeep token' ;;
      'wsdeep auth') path='wsdeep auth' ;;
      'wsdeep auth check') path='wsdeep auth check' ;;
      'wsdeep users') path='wsdeep users' ;;
      'wsdeep users create') path='wsdeep users create' ;;
      'wsdeep users import') path='wsdeep users import' ;;
      'wsdeep users list') path='wsdeep users list' ;;
      'wsdeep users show') path='wsdeep users show' ;;
      'wsdeep users delete') path='wsdeep users delete' ;;
      'wsdeep users purge') path='wsdeep users purge' ;;
      'wsdeep users set-password') path='wsdeep users set-password' ;;
      'wsdeep users enable') path='wsdeep users enable' ;;
      'wsdeep users disable') path='wsdeep users disable' ;;
      'wsdeep users sign-out') path='wsdeep users sign-out' ;;
      'wsdeep users group') path='wsdeep users group' ;;
      'wsdeep users group create') path='wsdeep users group create' ;;
      'wsdeep users group list') path='wsdeep users group list' ;;
      'wsdeep users group add') path='wsdeep users group add' ;;
      'wsdeep users group remove') path='wsdeep users group remove' ;;
      'wsdeep users tokens') path='wsdeep users tokens' ;;
      'wsdeep llm') path='wsdeep llm' ;;
      'wsdeep llm serve') path='wsdeep llm serve' ;;
      'wsdeep llm generate') path='wsdeep llm generate' ;;
      'wsdeep llm health') path='wsdeep llm health' ;;
      'wsdeep llm models') path='wsdeep llm models' ;;
      'wsdeep local') path='wsdeep local' ;;
      'wsdeep local up') path='wsdeep local up' ;;
      'wsdeep local status') path='wsdeep local status' ;;
      'wsdeep local rotate-keys') path='wsdeep local rotate-keys' ;;
      'wsdeep local down') path='wsdeep local down' ;;
      'wsdeep deploy') path='wsdeep deploy' ;;
      'wsdeep outputs') path='wsdeep outputs' ;;
      'wsdeep diff') path='wsdeep diff' ;;
      'wsdeep status') path='wsdeep status' ;;
      'wsdeep logs') path='wsdeep logs' ;;
      'wsdeep destroy') path='wsdeep destroy' ;;
      'wsdeep completion') path='wsdeep completion' ;;
    esac
  done
  case "$path ${COMP_WORDS[COMP_CWORD-1]}" in
    'wsdeep render --format') words='yaml json' ;;
    'wsdeep render --parameters-format') words='cloudformation samconfig yaml' ;;
    'wsdeep validate --output') words='text json' ;;
    'wsdeep package --architecture') words='x86_64 arm64' ;;
    'wsdeep package --output') words='text json' ;;
    'wsdeep login --flow') words='srp password admin' ;;
    'wsdeep login --mfa') words='app sms email' ;;
    'wsdeep users list --status') words='UNCONFIRMED CONFIRMED FORCE_CHANGE_PASSWORD RESET_REQUIRED EXTERNAL_PROVIDER UNKNOWN' ;;
    'wsdeep users list --output') words='text json' ;;
    'wsdeep users show --output') words='text json' ;;
    'wsdeep users group create --output') words='text json' ;;
    'wsdeep users group list --output') words='text json' ;;
    'wsdeep users group add --output') words='text json' ;;
    'wsdeep users group remove --output') words='text json' ;;
    'wsdeep users tokens --flow') words='srp password admin' ;;
    'wsdeep llm serve --engine') words='sim' ;;
    'wsdeep llm health --output') words='text json' ;;
    'wsdeep local status --output') words='text json env' ;;
    'wsdeep local rotate-keys --output') words='text json' ;;
    'wsdeep deploy --output') words='text json' ;;
    'wsdeep outputs --output') words='text json' ;;
    'wsdeep status --output') words='text json' ;;
    *) case "$path" in
    'wsdeep') words='init render validate package chat connect login logout token auth users llm local deploy outputs diff status logs destroy completion --version -h --help' ;;
    'wsdeep init') words='--out --force -y --yes --project --environments --account --region --profile --stack-name --domain --domain-certificate --hosted-zone --origins --user-pool --client-ids --hosted-ui-prefix --callback-urls --google-client-id --google-secret --network --cidr --egress --vpc --subnets --security-groups --llm-domain --llm-certificate --engine --model --model-source --image --instance-types --volume-gb --capacity --min --desired --max --hours --time-zone --requests-per-second --burst --log-retention-days --alarm-email --monthly-budget -h --help' ;;
    'wsdeep render') words='--settings -e --environment --format --out --module --list-modules --parameters-out --parameters-format -h --help' ;;
    'wsdeep validate') words='--settings -e --environment --no-lint --remote --output -h --help' ;;
    'wsdeep package') words='--settings -e --environment --architecture --out --binaries --only --output -h --help' ;;
    'wsdeep chat') words='-m --message --user --chat --param --reasoning --stats --json --timeout -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep connect') words='--user --chat --origin --wait --exit-on -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep login') words='--password-stdin --flow --new-password-stdin --attribute --mfa --mfa-code --web --provider --redirect-uri --no-browser -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep logout') words='--all -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep token') words='--id --access --header --cookie --decode -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep auth') words='check -h --help' ;;
    'wsdeep auth check') words='--jwks -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users') words='create import list show delete purge set-password enable disable sign-out group tokens -h --help' ;;
    'wsdeep users create') words='--email --group --attribute --password-stdin --generate --temporary --test --prefix --count --out --parallel -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users import') words='--keep-going --test --out --parallel -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users list') words='--filter --status --group --limit --output -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users show') words='--output -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users delete') words='--all-test-users --yes --prefix -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users purge') words='--older-than --yes --prefix -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users set-password') words='--password-stdin --generate --temporary -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users enable') words='-e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users disable') words='-e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users sign-out') words='-e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users group') words='create list add remove -h --help' ;;
    'wsdeep users group create') words='--description --output -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users group list') words='--output -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users group add') words='--output -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users group remove') words='--output -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep users tokens') words='--count --from --prefix --out --flow --fresh --parallel -e --environment --settings --url --region --user-pool-id --client-id --endpoint --ca-file --state -h --help' ;;
    'wsdeep llm') words='serve generate health models -h --help' ;;
    'wsdeep llm serve') words='--engine --sim --listen --node-id --certificate --key --set-cookie -h --help' ;;
    'wsdeep llm generate') words='--system --model --param --url --ca-file --state --timeout -h --help' ;;
    'wsdeep llm health') words='--output --url --ca-file --state --timeout -h --help' ;;
    'wsdeep llm models') words='--url --ca-file --state --timeout -h --help' ;;
    'wsdeep local') words='up status rotate-keys down -h --help' ;;
    'wsdeep local up') words='--detach --tls --port --address --state --region --sim --allow-origin --token-in-query --rooms --idle-timeout --max-lifetime --llm-timeout --coalesce --callback-url --cognito-rate --llm --dynamodb-endpoint --cognito-issuer --cognito-client-id -h --help' ;;
    'wsdeep local status') words='--state --output -h --help' ;;
    'wsdeep local rotate-keys') words='--state --output -h --help' ;;
    'wsdeep local down') words='--state -h --help' ;;
    'wsdeep deploy') words='--settings -e --environment --stack --region --profile --template --parameters --tags --bucket --binaries --packages --role-arn --yes --no-lint --dry-run --no-execute --detach --disable-rollback --rollback-first --termination-protection --fail-on-no-changes --poll-interval --output -h --help' ;;
    'wsdeep outputs') words='--settings -e --environment --stack --region --profile --output --env -h --help' ;;
    'wsdeep diff') words='--settings -e --environment --stack --region --profile --template --parameters --tags --bucket --binaries --packages --role-arn --drift --exit-code -h --help' ;;
    'wsdeep status') words='--settings -e --environment --stack --region --profile --output --events -h --help' ;;
    'wsdeep logs') words='--settings -e --environment --stack --region --profile --function --since --filter --follow --poll-interval -h --help' ;;
    'wsdeep destroy') words='--settings -e --environment --stack --region --profile --confirm --production --unprotect --keep-bucket --role-arn --poll-interval -h --help' ;;
    'wsdeep completion') words='-h --help' ;;
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _wsdeep wsdeep
