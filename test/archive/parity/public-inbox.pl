# What public-inbox's own index answers: a line of JSON for each query on stdin; ids are the beginnings of SHA-1s.
#   PI_INBOX=/path/of/an/indexed/v2/inbox perl public-inbox.pl <queries.txt >expected.jsonl
use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use JSON::PP;
use PublicInbox::Inbox;
my $ibx = PublicInbox::Inbox->new({ inboxdir => $ENV{PI_INBOX}, name => 'test', version => 2, address => ['x@example.org'] });
my $json = JSON::PP->new->canonical;
while (my $query = <STDIN>) {
	chomp $query;
	my $text = $query;
	$ibx->search->query_approxidate($ibx->git, $text);
	my $mset = eval { $ibx->search->mset($text, { limit => 100000, relevance => 0 }) };
	my @numbers = $mset ? @{$ibx->search->mset_to_artnums($mset)} : ();
	my @mids = sort map { substr(sha1_hex($_->{mid}), 0, 8) } @{$ibx->over->get_all(@numbers)};
	print $json->encode({ query => $query, ids => \@mids }), "\n";
}
